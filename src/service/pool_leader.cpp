#include "service/pool_leader.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace eventail::service {
namespace {

constexpr Duration longest_sleep = std::chrono::hours{1};

}  // namespace

void PoolLeader::prepare() {
    if (pool_) return;
    pool_.emplace(
        threads_, [this](Call& call) { make_call(call); }, [this] { with_.drive.wake(); });
}

void PoolLeader::lead() {
    while (lead_on()) {
    }
}

bool PoolLeader::lead_on() {
    std::vector<bus::Notice> notices;
    bool is_over = false;
    {
        const Lock lock(with_.drive.mutex());
        with_.drive.require_whole();
        bus::Worker& worker = with_.drive.worker();
        // Announced before looking: anything that ends or is added later wakes us.
        with_.drive.announce_sleep();
        const TimePoint now = Clock::now();
        collect_ended(now);
        const TimePoint function = give_out(now);
        const bool has_to_wait = !worker.is_finished();
        with_.drive.step(has_to_wait ? std::optional{std::min(function, now + longest_sleep)}
                                     : std::nullopt);
        notices = with_.drive.take_notices();
        is_over = worker.is_finished();
    }
    with_.log.record(notices);
    return !is_over;
}

void PoolLeader::collect_ended(TimePoint now) {
    bus::Worker& worker = with_.drive.worker();
    pool_->take_ended(calls_);
    if (worker.take_forgetting()) pool_->take_back(calls_);
    if (calls_.empty()) return;
    // The outlet holds the held inputs, in the order of the manual acknowledgements.
    with_.drive.exchange_with_outlet();
    const bus::Sequence accepted_before = with_.outlet.next_sequence();
    for (Call& call : calls_) {
        if (call.job == nullptr) {
            if (!call.was_made) with_.timers.put_back(std::move(call.function));
            worker.function_ended(call.function_began_in, now);
            continue;
        }
        if (call.was_made) {
            worker.job_began(*call.job, call.accepted_first);
        } else {
            call.outcome.end = bus::Outcome::End::give_back;
        }
        worker.job_ended(*call.job, call.outcome, accepted_before, now);
    }
    calls_.clear();
}

// @return when the leader must wake for a function
TimePoint PoolLeader::give_out(TimePoint now) {
    bus::Worker& worker = with_.drive.worker();
    const bus::Sequence accepted = with_.outlet.next_sequence();
    TimePoint function = next_function();
    for (;;) {
        // Alternates, so that neither functions nor jobs that must run alone starve.
        const bool is_jobs_turn = was_functions_turn_ && worker.has_job();
        if (function <= now && !is_jobs_turn && worker.may_begin_function()) {
            if (std::optional<Timers::Entry> due = with_.timers.take_due(now)) {
                was_functions_turn_ = true;
                calls_.push_back(
                    {.function = std::move(*due), .function_began_in = worker.function_began()});
            }
            function = next_function();
            continue;
        }
        const bus::Job* const job = worker.next_job(accepted, now);
        if (job == nullptr) break;
        was_functions_turn_ = false;
        calls_.push_back({.job = job});
    }
    pool_->hand_over(calls_);
    return worker.may_begin_function() ? function : TimePoint::max();
}

// Runs in one of the handler threads.
void PoolLeader::make_call(Call& call) {
    if (call.job == nullptr) {
        if (with_.stopping.is_stopped()) return;
        call.was_made = true;
        with_.calls.call(call.function);
        // Destroys captured objects here, not in the leader.
        call.function.callback = nullptr;
        return;
    }
    call.was_made = true;
    call.accepted_first = with_.outlet.next_sequence();
    // Unless the call returns: its thread is ended in it.
    call.outcome.end = bus::Outcome::End::failed;
    call.outcome.error = "the handler ended its thread";
    call.outcome = with_.calls.call(*call.job);
    if (call.outcome.end != bus::Outcome::End::held) return;
    // In the same order as manual acknowledgements that may include it.
    with_.outlet.settle({.token = call.job->token, .is_hold = true});
}

}  // namespace eventail::service
