#include "simulation/schedule.hpp"

#include <algorithm>

namespace eventail::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, kinds> names = {"publish",
                                                       "cut link",
                                                       "freeze link",
                                                       "slow link",
                                                       "restart broker",
                                                       "refuse connections",
                                                       "alarm",
                                                       "withhold confirms",
                                                       "nack confirms",
                                                       "delay confirms",
                                                       "reorder confirms",
                                                       "cut amid frames",
                                                       "mark redelivered",
                                                       "close channels",
                                                       "close connection",
                                                       "cancel consumers",
                                                       "delete queue",
                                                       "fill queues",
                                                       "stop",
                                                       "reconnect",
                                                       "crash",
                                                       "forget",
                                                       "purge queue",
                                                       "limit deliveries"};

constexpr std::chrono::seconds period = 12s;
/// Only these may be drawn for any fault. Later kinds have their own dice, so that seeds keep their
/// meaning.
constexpr std::size_t first_kinds = static_cast<std::size_t>(Kind::crash) + 1;

std::vector<Role> roles_of(Dice dice) {
    const auto prefetch = [&dice] { return static_cast<std::uint16_t>(1 + dice.below(4)); };
    std::vector<Role> roles;
    roles.push_back({.service = "feed",
                     .event_keys = {"ConfigWanted"},
                     .command_keys = {"feed.Return"},
                     .prefetch_count = prefetch()});
    const Role alpha = {.service = "alpha",
                        .event_keys = {"Ticked", "Derived"},
                        .command_keys = {"alpha.Do", "alpha.Return"},
                        .acknowledges_by_hand = dice.chance(25),
                        .prefetch_count = prefetch()};
    roles.push_back(alpha);
    if (dice.chance(25)) roles.push_back(alpha);
    if (dice.chance(50)) {
        Role beta = {.service = "beta",
                     .event_keys = {"Ticked"},
                     .command_keys = {"beta.Do"},
                     .prefetch_count = prefetch()};
        if (dice.chance(50)) beta.config_keys = {"Limits"};
        roles.push_back(beta);
    }
    if (dice.chance(15)) {
        roles.push_back({.service = "spy",
                         .event_keys = {"Ticked"},
                         .has_exclusive_queues = true,
                         .prefetch_count = prefetch()});
    }
    return roles;
}

}  // namespace

std::string_view name_of(Kind kind) { return names[static_cast<std::size_t>(kind)]; }

Schedule schedule_of(std::uint64_t seed) {
    Dice dice = Dice(seed).about("schedule");
    Schedule schedule{.seed = seed, .roles = roles_of(dice.about("roles"))};
    if (dice.chance(20)) schedule.heartbeat = 3s;
    if (dice.chance(20)) schedule.frame_max = 4096;
    if (dice.chance(20)) schedule.drain_timeout = 3s;
    schedule.has_failing_handlers = dice.chance(60);

    const std::uint64_t messages = 3 + dice.below(14);
    const std::uint64_t faults = dice.below(8);
    for (std::uint64_t i = 0; i < messages + faults; ++i) {
        Kind kind = Kind::publish;
        if (i >= messages) kind = static_cast<Kind>(1 + dice.below(first_kinds - 1));
        schedule.occurrences.push_back(
            {.at = dice.between(0s, period), .kind = kind, .detail = dice.next()});
    }
    // Bursts, so that a fault hits something under way.
    for (std::size_t i = 1; i < messages; ++i) {
        if (dice.chance(60)) schedule.occurrences[i].at = schedule.occurrences[i - 1].at;
    }
    const auto adds = [&schedule](Dice more, Kind kind) {
        if (!more.chance(10)) return;
        schedule.occurrences.push_back(
            {.at = more.between(0s, period), .kind = kind, .detail = more.next()});
    };
    adds(Dice(seed).about("forgetting"), Kind::forget);
    adds(Dice(seed).about("purging"), Kind::purge_queue);
    adds(Dice(seed).about("limiting"), Kind::limit_deliveries);
    schedule.has_large_headers = Dice(seed).about("headers").chance(20);
    std::ranges::stable_sort(schedule.occurrences, {}, &Occurrence::at);

    // Drawn last: the rest of a seed's meaning dates from when handlers ran one at a time.
    if (dice.chance(40)) {
        for (Role& role : schedule.roles) role.handler_threads = 1 + dice.pick(4);
    }
    for (Role& role : schedule.roles) {
        role.derives_ids = Dice(seed).about("deriving").about(role.service).chance(60);
        role.is_supervised = Dice(seed).about("supervising").about(role.service).chance(60);
        role.has_functions = Dice(seed).about("functions").about(role.service).chance(30);
    }
    schedule.has_long_calls = Dice(seed).about("long calls").chance(30);
    return schedule;
}

std::string to_text(const Schedule& schedule) {
    std::string text;
    for (const Occurrence& each : schedule.occurrences) {
        const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(each.at).count();
        text += "  " + std::to_string(at) + " ms: " + std::string(name_of(each.kind)) + " #" +
                std::to_string(each.detail % 10000) + "\n";
    }
    return text;
}

}  // namespace eventail::simulation
