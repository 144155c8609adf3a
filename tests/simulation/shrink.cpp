#include "simulation/shrink.hpp"

#include "simulation/simulation.hpp"

#include <algorithm>
#include <utility>

namespace eventail::simulation {
namespace {

bool fails(const Schedule& schedule) { return !simulate(schedule).violation.empty(); }

Schedule without(const Schedule& schedule, std::size_t first, std::size_t count) {
    Schedule less = schedule;
    const auto begin = less.occurrences.begin() + static_cast<std::ptrdiff_t>(first);
    less.occurrences.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
    return less;
}

bool drop_occurrences(Schedule& schedule, std::size_t count) {
    bool has_dropped = false;
    std::size_t first = 0;
    while (first + count <= schedule.occurrences.size()) {
        Schedule less = without(schedule, first, count);
        if (fails(less)) {
            schedule = std::move(less);
            has_dropped = true;
        } else {
            ++first;
        }
    }
    return has_dropped;
}

bool drop_last_role(Schedule& schedule) {
    constexpr std::size_t fewest = 2;
    if (schedule.roles.size() <= fewest) return false;
    Schedule less = schedule;
    less.roles.pop_back();
    if (!fails(less)) return false;
    schedule = std::move(less);
    return true;
}

}  // namespace

Schedule shrink(Schedule schedule) {
    bool has_dropped = true;
    while (has_dropped) {
        has_dropped = drop_last_role(schedule);
        for (std::size_t count = schedule.occurrences.size() / 2; count > 0; count /= 2) {
            has_dropped |= drop_occurrences(schedule, count);
        }
    }
    return schedule;
}

}  // namespace eventail::simulation
