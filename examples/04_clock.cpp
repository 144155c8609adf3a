// Publishes SecondTicked {"unix_time": …} every second, for 05 and 06. It handles nothing, so it
// needs only an Endpoint: publishing returns when the broker has confirmed.
// Run: 04_clock [--ticks N] [--every-ms M] [amqp-url…]
#include <eventail/endpoint.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace {

volatile std::sig_atomic_t is_stopping = 0;

void stop(int signal_number) {
    is_stopping = 1;
    std::signal(signal_number, SIG_DFL);  // a second signal ends even a wait for the broker
}

}  // namespace

int main(int argc, char** argv) try {
    const auto start = std::chrono::system_clock::now();
    std::int64_t unix_time =
        std::chrono::duration_cast<std::chrono::seconds>(start.time_since_epoch()).count();
    long ticks = std::numeric_limits<long>::max();
    std::chrono::milliseconds pace{1000};
    std::vector<std::string> urls;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--from" && i + 1 < argc) {
            unix_time = std::stoll(argv[++i]);
        } else if (argument == "--ticks" && i + 1 < argc) {
            ticks = std::stol(argv[++i]);
        } else if (argument == "--every-ms" && i + 1 < argc) {
            pace = std::chrono::milliseconds(std::stol(argv[++i]));
        } else {
            urls.push_back(argument);
        }
    }
    if (urls.empty()) urls = {"amqp://localhost"};
    std::signal(SIGTERM, stop);
    std::signal(SIGINT, stop);

    eventail::Endpoint endpoint(urls, "clock");
    for (long tick = 0; tick < ticks && !is_stopping; ++tick, ++unix_time) {
        // At another pace the clock runs fast or slow, but each tick still counts as a second.
        std::this_thread::sleep_until(start + tick * pace);
        endpoint.publish_event("SecondTicked", {{"unix_time", unix_time}});
        std::cout << "SecondTicked " << unix_time << std::endl;
    }
} catch (const std::exception& error) {
    std::cerr << "04_clock: " << error.what() << '\n';
    return 1;
}
