// Sends the command pong.EchoMessage five times, prints the answers, and stops.
// Run: 02_ping [amqp-url…], while 01_pong runs. Run one at a time: instances of a logical service
// share its queues, so another ping would get some of these answers.
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <iostream>
#include <set>
#include <string>

class Ping : public eventail::Service {
public:
    explicit Ping(eventail::ServiceOptions options) : Service(std::move(options)) {
        on_result("ping.EchoReturn", [this](const eventail::Result& result) {
            // Any message may come twice, and this one may answer a killed ping: the correlation id
            // tells.
            if (waiting_.erase(result.correlation_id) == 0) return;
            std::cout << (result.is_success ? "echo: " : "error: ") << result.payload.dump()
                      << std::endl;
            if (sent_ == total && waiting_.empty()) stop();
        });
    }

    // Runs again after a reconnection; by then everything is sent, and nothing of it is lost.
    void on_ready() override {
        while (sent_ < total) {
            const std::string message = "hello " + std::to_string(++sent_);
            waiting_.insert(
                send_command("pong.EchoMessage", {{"message", message}}, "ping.EchoReturn"));
        }
    }

private:
    static constexpr int total = 5;
    int sent_ = 0;
    std::set<std::string> waiting_;
};

int main(int argc, char** argv) {
    eventail::ServiceOptions options{.logical_service = "ping"};
    if (argc > 1) options.amqp_urls.assign(argv + 1, argv + argc);
    return eventail::ReconnectingSupervisor<Ping>(std::move(options)).run();
}
