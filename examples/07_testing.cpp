// Tests a service on a broker in its own process: nothing to install, nothing left behind.
// Run: 07_testing
#include <eventail/broker.hpp>
#include <eventail/endpoint.hpp>
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <thread>

class Greeter : public eventail::Service {  // usually in a header that its main.cpp includes, too
public:
    explicit Greeter(eventail::ServiceOptions options) : Service(std::move(options)) {
        on_event("VisitorArrived", [this](const eventail::Event& event) {
            publish_event("VisitorGreeted", {{"name", event.payload["name"]}});
        });
    }
};

/// Runs a service beside the test until the end of the scope, and restarts it when its connection
/// is lost.
class Running {
public:
    explicit Running(eventail::Service& service)
        : service_(service), thread_([&service] { return eventail::supervise(service); }) {}
    ~Running() { service_.stop(); }

private:
    eventail::Service& service_;
    std::jthread thread_;
};

/// Whether it becomes true within five seconds: a test waits for conditions, never for time to
/// pass.
template <typename Condition>
bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

/// The name that the service greeted last; empty at first.
std::string greeted_last(const eventail::EmbeddedBroker& broker) {
    const auto seen = broker.peek("seen");
    if (seen.empty()) return "";
    const eventail::Payload payload = seen.back().payload();
    return payload["name"].get<std::string>();
}

bool visitors_are_greeted_by_name_also_after_a_lost_connection() {
    using namespace std::chrono_literals;
    eventail::EmbeddedBroker broker;
    broker.declare_exchange("events");
    broker.declare_queue("greeter.events", "events", {"VisitorArrived"});  // waits for the greeter
    broker.declare_queue("seen", "events", {"VisitorGreeted"});
    Greeter greeter(
        {.amqp_urls = {broker.url()}, .logical_service = "greeter", .max_reconnect_delay = 1ms});
    const Running running(greeter);
    eventail::Endpoint door({broker.url()}, "door");

    door.publish_event("VisitorArrived", {{"name", "Ada"}});
    if (!eventually([&] { return greeted_last(broker) == "Ada"; })) return false;
    broker.cut_connections();
    door.publish_event("VisitorArrived", {{"name", "Grace"}});
    return eventually([&] { return greeted_last(broker) == "Grace"; });
}

int main() {
    const auto start = std::chrono::steady_clock::now();
    const bool is_passed = visitors_are_greeted_by_name_also_after_a_lost_connection();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::cout << (is_passed ? "passed" : "FAILED") << " in " << took.count() << " ms" << std::endl;
    return is_passed ? 0 : 1;
}
