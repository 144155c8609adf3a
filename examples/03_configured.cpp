// A service that needs its configuration first: it announces each PrimeTimeTicked (05_prime_time)
// in the words that 03_configurator gives it. Until then, events wait in its queue.
// Run: 03_configured [amqp-url…]
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <cstdint>
#include <iostream>
#include <string>

class Announcer : public eventail::Service {
public:
    explicit Announcer(eventail::ServiceOptions options) : Service(std::move(options)) {
        // Reaches every instance, and may come again with other words.
        on_config("AnnouncerConfigured", [this](const eventail::Configuration& configuration) {
            words_ = configuration.payload.value("words", "");
            std::cout << "configured: " << words_ << std::endl;
            return !words_.empty();  // true: ready for business
        });
        on_event("PrimeTimeTicked", [this](const eventail::Event& event) {
            const auto unix_time = event.payload["unix_time"].get<std::uint64_t>();
            const std::string text = words_ + ' ' + std::to_string(unix_time);
            std::cout << text << std::endl;
            log(eventail::Severity::info, text);
        });
    }

    // A configuration published before this instance existed never reached it, so it asks.
    void on_unconfigured() override { publish_event("AnnouncerStarted", {}); }
    void on_ready() override { log(eventail::Severity::notice, "ready"); }

private:
    std::string words_;
};

int main(int argc, char** argv) {
    eventail::ServiceOptions options{.logical_service = "announcer"};
    if (argc > 1) options.amqp_urls.assign(argv + 1, argv + argc);
    return eventail::ReconnectingSupervisor<Announcer>(std::move(options)).run();
}
