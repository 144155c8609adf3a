// Runs one figure and prints how many messages and allocations it counted. callgrind counts the
// instructions: scripts/counts runs this program in it.
#include "counts/figures.hpp"

#include <gnu/libc-version.h>

#include <array>
#include <cstdio>
#include <exception>
#include <string_view>

namespace eventail::counts {
namespace {

struct Figure {
    std::string_view name = {};
    void (*run)(Meter&) = nullptr;
};

constexpr std::array figures = {
    Figure{"publish_list", publish_list},
    Figure{"publish_described", publish_described},
    Figure{"publish_ready_bytes", publish_ready_bytes},
    Figure{"publish_tree", publish_tree},
    Figure{"publish_derived", publish_derived},
    Figure{"send", send},
    Figure{"confirm_each", confirm_each},
    Figure{"confirm_many", confirm_many},
    Figure{"read_delivery", read_delivery},
    Figure{"find_handler", find_handler},
    Figure{"acknowledge", acknowledge},
    Figure{"check_payload", check_payload},
    Figure{"read_three_fields", read_three_fields},
    Figure{"read_described", read_described},
};

#ifdef __clang__
constexpr const char* compiler = "";  // its version says its name
#else
constexpr const char* compiler = "g++ ";
#endif

/// The dependencies of instruction counts beside the sources. The C library chooses its memcpy by
/// processor.
void print_toolchain() {
#ifdef __x86_64__
    const char* const processor =
        __builtin_cpu_supports("avx2") ? "x86_64 with AVX2" : "x86_64 without AVX2";
#else
    const char* const processor = "no x86_64";
#endif
    std::printf("%s%s; %s; glibc %s; %s\n", compiler, __VERSION__, EVENTAIL_COMPILE_FLAGS,
                ::gnu_get_libc_version(), processor);
}

int run(std::string_view name) {
    for (const Figure& figure : figures) {
        if (figure.name != name) continue;
        Meter meter;
        figure.run(meter);
        std::printf("%zu %zu\n", Meter::messages(), meter.allocations());
        return 0;
    }
    std::fputs("there is no such figure\n", stderr);
    return 2;
}

}  // namespace
}  // namespace eventail::counts

int main(int argc, char** argv) {
    using namespace eventail::counts;
    const std::string_view argument = argc == 2 ? argv[1] : "";
    try {
        if (argument == "--toolchain") {
            print_toolchain();
            return 0;
        }
        if (argument == "--list") {
            for (const Figure& figure : figures) std::puts(figure.name.data());
            return 0;
        }
        return run(argument);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
