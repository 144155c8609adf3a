// Services of this library at work, for measurements.
//
// usage: ours WORKLOAD --url URL [--name value]...
#include "arguments.hpp"
#include "ours/workloads.hpp"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <exception>
#include <map>

eventail::ServiceOptions eventail::bench::service_options(const Arguments& arguments) {
    ServiceOptions options;
    options.amqp_urls = {arguments.text("url", "amqp://localhost")};
    options.logical_service = arguments.text("name", "bench");
    options.prefetch_count =
        static_cast<std::uint16_t>(arguments.number("prefetch", options.prefetch_count));
    options.handler_threads = static_cast<unsigned>(arguments.number("handler-threads", 1));
    return options;
}

int main(int argc, char** argv) {
    using namespace eventail::bench;
    static const std::map<std::string_view, void (*)(const Arguments&)> workloads = {
        {"publish", publish},   {"consume", consume}, {"caller", caller}, {"callee", callee},
        {"endpoint", endpoint}, {"connect", connect}, {"timers", timers}, {"idle", idle},
        {"scale", scale},       {"growth", growth},   {"broker", broker},
    };
    // Services warn when they stop, which is normal here.
    spdlog::set_level(spdlog::level::err);
    try {
        const auto workload = workloads.find(argc > 1 ? argv[1] : "");
        if (workload == workloads.end()) throw std::invalid_argument("which workload?");
        workload->second(Arguments(argc - 2, argv + 2));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ours: %s\n", error.what());
        return 1;
    }
}
