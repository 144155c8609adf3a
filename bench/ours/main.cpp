// Services of this library at work, to be measured.
//
// usage: ours WORKLOAD --url URL [--name value]...
#include "arguments.hpp"
#include "ours/workloads.hpp"

#include <cstdio>
#include <exception>
#include <map>

int main(int argc, char** argv) {
    using namespace eventail::bench;
    static const std::map<std::string_view, void (*)(const Arguments&)> workloads = {
        {"publish", publish},
        {"consume", consume},
    };
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
