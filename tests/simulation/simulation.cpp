#include "simulation/simulation.hpp"

#include <algorithm>
#include <exception>

namespace eventail::simulation {
namespace {

using namespace std::chrono_literals;

constexpr Duration recovery_limit = 1h;
constexpr Duration stopping_limit = 5min;
constexpr Duration configuration_interval = 5s;
constexpr std::uint64_t max_steps_at_one_time = 2000;
// The longest pause, a slow attempt, and the rest of an ending run.
constexpr Duration connecting_limit = 45s;
constexpr std::size_t max_held_bytes = 8u << 20;

}  // namespace

Verdict simulate(const Schedule& schedule, bool is_traced) {
    Verdict verdict;
    try {
        verdict = Simulation(schedule, is_traced).run();
    } catch (const std::exception& error) {
        verdict.violation = std::string("thrown: ") + error.what();
    }
    return verdict;
}

Simulation::Simulation(const Schedule& schedule, bool is_traced)
    : schedule_(schedule),
      trace_(is_traced),
      now_(beginning),
      witness_(schedule, trace_, now_),
      broker_(schedule, witness_, now_) {
    for (std::size_t i = 0; i < schedule.roles.size(); ++i) {
        services_.emplace_back(schedule.roles[i], i, schedule, broker_, witness_, now_);
    }
}

Verdict Simulation::run() {
    while (stage_ != Stage::over && witness_.violation().empty()) {
        does_what_is_due();
        advances_stage();
        if (stage_ != Stage::over && witness_.violation().empty()) lets_time_pass();
    }
    verdict_.violation = witness_.violation();
    verdict_.hash = trace_.hash();
    return verdict_;
}

void Simulation::does_what_is_due() {
    happens();
    while (!agenda_.empty() && agenda_.begin()->first.first <= now_) {
        const std::function<void()> what = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        what();
    }
    broker_.step();
    // A service may lose a line meanwhile, but no line is removed.
    for (const auto& line : broker_.lines()) {
        while (line->is_service_there) {
            const std::optional<Pipe::Arrival> arrival = line->down.take(now_);
            if (!arrival) break;
            line->service.hears(*line, *arrival);
        }
    }
    for (Service& service : services_) service.step();
    watches_memory();
}

void Simulation::happens() {
    const auto& occurrences = schedule_.occurrences;
    while (next_occurrence_ < occurrences.size() &&
           beginning + occurrences[next_occurrence_].at <= now_) {
        const Occurrence& occurrence = occurrences[next_occurrence_++];
        const bool did_occur = occurs(occurrence);
        witness_.note("occurrence", name_of(occurrence.kind), did_occur);
        if (did_occur) ++verdict_.occurred[static_cast<std::size_t>(occurrence.kind)];
    }
}

void Simulation::lets_time_pass() {
    std::optional<TimePoint> next = broker_.next_deadline();
    const auto consider = [&](std::optional<TimePoint> other) {
        if (other && (!next || *other < *next)) next = other;
    };
    for (const auto& line : broker_.lines()) {
        if (line->is_service_there) consider(line->down.next_arrival());
    }
    for (const Service& service : services_) consider(service.next_deadline());
    if (!agenda_.empty()) consider(agenda_.begin()->first.first);
    if (next_occurrence_ < schedule_.occurrences.size()) {
        consider(beginning + schedule_.occurrences[next_occurrence_].at);
    }
    if (!next) return witness_.violation("nothing will ever happen any more");
    if (stage_ != Stage::adversity && *next > stage_limit_) {
        return witness_.violation(stage_ == Stage::recovery ? "it does not come to rest"
                                                            : "it does not stop");
    }
    if (*next > now_) {
        now_ = *next;
        steps_without_progress_ = 0;
    } else if (++steps_without_progress_ > max_steps_at_one_time) {
        witness_.violation("it spins: there is always something due");
    }
}

void Simulation::advances_stage() {
    if (stage_ == Stage::adversity) {
        const bool is_over = next_occurrence_ == schedule_.occurrences.size() && agenda_.empty();
        if (is_over) recovers();
    } else if (stage_ == Stage::recovery) {
        if (!is_at_rest()) return;
        witness_.note("at rest");
        witness_.expects_clean_stops();
        stage_ = Stage::stopping;
        stage_limit_ = now_ + stopping_limit;
        for (Service& service : services_) {
            if (!service.holds_little()) witness_.violation("memory is not given back");
            service.comes_back(std::nullopt);
            service.stops(false);
            service.step();
        }
    } else if (stage_ == Stage::stopping) {
        const bool are_dead = std::ranges::all_of(
            services_, [](const Service& service) { return service.is_dead(); });
        if (!are_dead) return;
        witness_.check_end(broker_.dead_letters());
        stage_ = Stage::over;
    }
}

void Simulation::recovers() {
    witness_.note("recovery");
    stage_ = Stage::recovery;
    recovering_since_ = now_;
    stage_limit_ = now_ + recovery_limit;
    broker_.heal();
    for (const auto& line : broker_.lines()) {
        line->up.set_delay(0s);
        line->down.set_delay(0s);
        if (line->is_frozen_for_good) continue;
        line->up.set_frozen(false, now_);
        line->down.set_frozen(false, now_);
    }
    for (Service& service : services_) {
        service.calms();
        if (service.is_dead()) service.comes_back(now_);
    }
    configures();
    checks_connections();
}

// No matter how long user code of a lost connection runs.
void Simulation::checks_connections() {
    if (stage_ != Stage::recovery) return;
    const Duration so_far = now_ - recovering_since_;
    for (const Service& service : services_) {
        if (std::min(so_far, service.unconnected()) <= connecting_limit) continue;
        witness_.violation("a service does not connect again");
    }
    later(configuration_interval, [this] { checks_connections(); });
}

// A configuration sent while nobody has a queue for it is lost: it is sent again until every
// service has one.
void Simulation::configures() {
    if (stage_ != Stage::recovery) return;
    const bool is_wanted = std::ranges::any_of(
        services_, [](const Service& service) { return service.is_unconfigured(); });
    if (is_wanted) services_.front().publishes_configuration();
    later(configuration_interval, [this] { configures(); });
}

bool Simulation::is_at_rest() const {
    const bool are_services_at_rest =
        std::ranges::all_of(services_, [](const Service& service) { return service.is_at_rest(); });
    return are_services_at_rest && broker_.is_empty();
}

void Simulation::later(Duration delay, std::function<void()> what) {
    agenda_.emplace(std::pair(now_ + delay, ++agenda_counter_), std::move(what));
}

void Simulation::watches_memory() {
    if (broker_.held_bytes() > max_held_bytes) witness_.violation("the broker holds too much");
}

}  // namespace eventail::simulation
