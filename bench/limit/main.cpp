// Shows the limit of the machine: sends frames encoded beforehand, and looks at as little of the
// input as possible. Blocking sockets, one thread.
//
// usage: limit body|prepare|publish|consume|caller|callee --port N [--name value]...
#include "arguments.hpp"
#include "limit/workloads.hpp"

#include <cstdio>
#include <exception>
#include <map>

int main(int argc, char** argv) {
    using namespace eventail::bench;
    static const std::map<std::string_view, void (*)(const Arguments&)> workloads = {
        {"body", limit_body},       {"prepare", limit_prepare}, {"publish", limit_publish},
        {"consume", limit_consume}, {"caller", limit_caller},   {"callee", limit_callee},
    };
    try {
        const auto workload = workloads.find(argc > 1 ? argv[1] : "");
        if (workload == workloads.end()) throw std::invalid_argument("which workload?");
        workload->second(Arguments(argc - 2, argv + 2));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "limit: %s\n", error.what());
        return 1;
    }
}
