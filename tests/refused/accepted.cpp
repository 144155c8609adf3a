// The code refused elsewhere in this folder, in its right form: compiles.
#include <eventail/service.hpp>

#include <memory>

std::string who();

class Greeter : public eventail::Service {
public:
    explicit Greeter(eventail::ServiceOptions options) : Service(std::move(options)) {
        on_event("VisitorArrived", [this](const eventail::Event& event) { greet(event); });
        on_event("Moved", [only = std::make_unique<int>(1)](const eventail::Event&) {});
        post([only = std::make_unique<int>(1)] {});
        call_later(std::chrono::seconds(1), [only = std::make_unique<int>(1)] {});
    }
    void greet(const eventail::Event& event) {
        const eventail::Payload visitor{{"who", who()}};
        publish_event("VisitorGreeted", {{"visitor", visitor}, {"at", event.name}});
        publish_event("Counted", eventail::Value::list({1, 2, 3}));
        say({{"n", 1}});
    }

private:
    void say(eventail::Value value) { publish_event("Said", std::move(value)); }
};
