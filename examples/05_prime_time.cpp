// Turns seconds into prime times: for each SecondTicked (04_clock) it asks 06_prime to check the
// number, and publishes PrimeTimeTicked if it is prime. All in one conversation.
// Run: 05_prime_time [amqp-url…]
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <cstdint>
#include <iostream>
#include <string>

class PrimeTime : public eventail::Service {
public:
    explicit PrimeTime(eventail::ServiceOptions options) : Service(std::move(options)) {
        on_event("SecondTicked", [this](const eventail::Event& event) {
            const auto unix_time = event.payload["unix_time"].get<std::uint64_t>();
            // The context travels with the command and comes back with the answer: this service
            // needs no table, and any instance may get the answer.
            send_command("prime.CheckPrime", {{"number", unix_time}}, "prime_time.CheckPrimeReturn",
                         {.correlation_id = std::to_string(unix_time)});
        });

        on_error("prime_time.CheckPrimeReturn", [this](const eventail::Result& error) {
            log(eventail::Severity::error, "not checked: " + error.payload.dump());
        });
        on_result("prime_time.CheckPrimeReturn", [this](const eventail::Result& result) {
            const std::uint64_t unix_time = std::stoull(result.correlation_id);
            if (result.payload["is_prime"].get<bool>()) {
                publish_event("PrimeTimeTicked", {{"unix_time", unix_time}});
                std::cout << unix_time << " is prime" << std::endl;
            } else {
                std::cout << unix_time << " is not prime" << std::endl;
            }
        });
    }
    void on_ready() override { log(eventail::Severity::notice, "ready"); }
};

int main(int argc, char** argv) {
    eventail::ServiceOptions options{.logical_service = "prime_time"};
    if (argc > 1) options.amqp_urls.assign(argv + 1, argv + argc);
    return eventail::ReconnectingSupervisor<PrimeTime>(std::move(options)).run();
}
