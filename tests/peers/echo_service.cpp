// A service that publishes every kind of message it receives, for tests against other peers.
// tests/peers/echo_service.py is its twin.
// Run: echo_service URL LOGICAL_SERVICE [--json]
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <iostream>
#include <string>
#include <string_view>

class EchoService : public eventail::Service {
public:
    explicit EchoService(eventail::ServiceOptions options)
        : Service(std::move(options)), name_(this->options().logical_service) {
        on_event(name_ + "Happened", [this](const eventail::Event& event) {
            publish_event(name_ + "Echoed", {{"by", "ours"}, {"payload", event.payload}});
        });
        on_event(name_ + "Asked", [this](const eventail::Event& event) {
            const auto correlation_id = event.payload["correlation_id"].get<std::string>();
            send_command(event.payload["service"].get<std::string>() + ".Echo",
                         event.payload["payload"], name_ + ".EchoReturn",
                         {.correlation_id = correlation_id});
        });
        on_command(name_ + ".Echo", [this](const eventail::Command& command) {
            if (command.payload.is_map() && command.payload.value("fail", false)) {
                return_error(command, {{"by", "ours"}, {"reason", "told to"}});
            } else {
                return_success(command, {{"by", "ours"}, {"payload", command.payload}});
            }
        });
        on_result(name_ + ".EchoReturn", [this](const eventail::Result& result) {
            publish_event(name_ + "Answered", {{"status", result.is_success ? "success" : "error"},
                                               {"correlation_id", result.correlation_id},
                                               {"payload", result.payload}});
        });
        on_config(name_ + "Configured", [this](const eventail::Configuration& configuration) {
            const bool is_on = configuration.payload["on"].get<bool>();
            log(eventail::Severity::info, "configured",
                {.conversation_id = "a case", .fields = {{"by", "ours"}, {"_on", is_on}}});
            return is_on;
        });
    }
    void on_unconfigured() override {
        publish_configuration(name_ + "ConfigurationRequested", {{"by", "ours"}});
    }
    void on_ready() override { std::cout << "ready" << std::endl; }

private:
    const std::string name_;
};

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    EchoService service({.amqp_urls = {argv[1]}, .logical_service = argv[2]});
    if (argc > 3 && std::string_view(argv[3]) == "--json") {
        service.set_encoding(eventail::Encoding::json);
    }
    return eventail::supervise(service);
}
