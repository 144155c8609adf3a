// Simulates the requested schedules and reports the result. Exit status: 0 for no violation, 1 for
// a broken promise, 2 for a wrong command line.
#include "simulation/campaign.hpp"
#include "simulation/regressions.hpp"
#include "simulation/shrink.hpp"
#include "simulation/simulation.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace eventail::simulation;

constexpr std::string_view usage =
    "usage: simulation [--seeds FIRST..LAST] [--jobs THREADS]   1..10000 if not said otherwise\n"
    "       simulation --seed SEED [--trace] [--shrink]         one, with all that happens; with\n"
    "                                                           only what its failure needs\n";

struct Wish {
    Range seeds{.first = 1, .last = 10000};
    std::optional<std::uint64_t> seed = {};
    unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
    bool is_traced = false;
    bool is_to_be_shrunk = false;
};

Wish read(int count, char** arguments) {
    Wish wish;
    for (int i = 1; i < count; ++i) {
        const std::string_view argument = arguments[i];
        const auto value = [&] {
            if (++i == count) throw std::invalid_argument(std::string(argument) + " of what?");
            return std::string(arguments[i]);
        };
        if (argument == "--seeds") {
            wish.seeds = parse_range(value());
        } else if (argument == "--seed") {
            wish.seed = std::stoull(value());
        } else if (argument == "--jobs") {
            wish.jobs = static_cast<unsigned>(std::stoul(value()));
        } else if (argument == "--trace") {
            wish.is_traced = true;
        } else if (argument == "--shrink") {
            wish.is_to_be_shrunk = true;
        } else {
            throw std::invalid_argument("unknown: " + std::string(argument));
        }
    }
    return wish;
}

int run_one(std::uint64_t seed, bool is_traced, bool is_to_be_shrunk) {
    Schedule schedule = schedule_of(seed);
    if (is_to_be_shrunk && !simulate(schedule).violation.empty()) schedule = shrink(schedule);
    const Verdict verdict = simulate(schedule, is_traced);
    std::cout << "seed " << seed << ", trace " << std::hex << verdict.hash << std::dec << ", "
              << (verdict.violation.empty() ? "no violation" : verdict.violation) << '\n'
              << to_text(schedule);
    return verdict.violation.empty() ? 0 : 1;
}

bool pass_regressions() {
    bool have_passed = true;
    for (const Regression& regression : regressions) {
        Schedule schedule = schedule_of(regression.seed);
        schedule.has_large_headers = false;
        for (Role& role : schedule.roles) {
            role.handler_threads = 1;
            role.derives_ids = role.is_supervised = role.has_functions = false;
        }
        schedule.has_long_calls = false;
        const Verdict verdict = simulate(schedule);
        if (verdict.violation.empty()) continue;
        have_passed = false;
        std::cout << "seed " << regression.seed << " fails again: " << verdict.violation
                  << "\n  it once showed that " << regression.what_was_wrong << '\n';
    }
    return have_passed;
}

}  // namespace

int main(int argc, char** argv) {
    Wish wish;
    try {
        wish = read(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n' << usage;
        return 2;
    }
    if (wish.seed) return run_one(*wish.seed, wish.is_traced, wish.is_to_be_shrunk);
    if (!pass_regressions()) return 1;
    return campaign(wish.seeds, wish.jobs, std::cout) == 0 ? 0 : 1;
}
