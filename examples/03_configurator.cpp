// Gives 03_configured its configuration: at the start for running instances, later whenever one
// asks. A plain eventail::Service with lambdas, without a class of its own.
// Run: 03_configurator [--words TEXT] [amqp-url…]
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <string_view>

int main(int argc, char** argv) try {
    std::string words = "It is prime time:";
    int next = 1;
    if (argc > 2 && std::string_view(argv[1]) == "--words") {
        words = argv[2];
        next = 3;
    }

    eventail::ServiceOptions options{.logical_service = "configurator"};
    if (argc > next) options.amqp_urls.assign(argv + next, argv + argc);
    eventail::Service configurator(std::move(options));

    const auto configure = [&] {
        configurator.publish_configuration("AnnouncerConfigured", {{"words", words}});
    };
    configurator.on_event("AnnouncerStarted", [&](const eventail::Event&) { configure(); });
    configure();  // before run(): it goes out as soon as the service connects

    return eventail::supervise(configurator);
} catch (const std::exception& error) {
    std::cerr << "03_configurator: " << error.what() << '\n';
    return 1;
}
