// A whole service: answers the command pong.EchoMessage with its message in capitals.
// Run: 01_pong [amqp-url…], then 02_ping
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <locale>
#include <string>

class Pong : public eventail::Service {
public:
    explicit Pong(eventail::ServiceOptions options) : Service(std::move(options)) {
        on_command("pong.EchoMessage", [this](const eventail::Command& command) {
            auto text = command.payload["message"].get<std::string>();
            for (char& each : text) each = std::toupper(each, std::locale::classic());
            return_success(command, {{"echo", text}});
        });
    }
    void on_ready() override { log(eventail::Severity::notice, "ready"); }
};

int main(int argc, char** argv) {
    eventail::ServiceOptions options{.logical_service = "pong"};
    if (argc > 1) options.amqp_urls.assign(argv + 1, argv + argc);
    return eventail::ReconnectingSupervisor<Pong>(std::move(options)).run();
}
