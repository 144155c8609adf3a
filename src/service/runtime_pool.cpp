// Leading with several handler threads: the thread in run() only drives, gives out the calls of
// user code that may begin, and collects those that have ended. As it never runs user code itself,
// it needs no stand-in.
#include "service/handler_pool.hpp"
#include "service/runtime.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace eventail::service {
namespace {

constexpr Duration longest_sleep = std::chrono::hours{1};

}  // namespace

std::unique_ptr<HandlerPool> Runtime::make_pool() {
    return std::make_unique<HandlerPool>(
        options_.handler_threads, [this](Call& call) { make_call(call); }, [this] { wake(); });
}

bool Runtime::lead_pool_on() {
    std::vector<bus::Notice> notices;
    bool is_over = false;
    {
        const std::lock_guard drive(drive_mutex_);
        // Announced before anything is looked at: whatever ends or is added later wakes us.
        is_sleeping_ = true;
        const TimePoint now = Clock::now();
        collect_ended(now);
        const TimePoint timer = give_out(now);
        const bool has_to_wait = !worker_->is_finished();
        step(has_to_wait ? std::optional{std::min(timer, now + longest_sleep)} : std::nullopt);
        is_sleeping_ = false;
        notices = take_notices();
        is_over = worker_->is_finished();
    }
    tell(notices);
    return !is_over;
}

void Runtime::collect_ended(TimePoint now) {
    pool_->take_ended(calls_);
    if (worker_->take_forgetting()) {
        const bool is_stopped = is_stopped_;
        const auto is_unwanted = [is_stopped](const Call& call) {
            return call.job == nullptr ? is_stopped : !call.is_returned();
        };
        pool_->take_back(is_unwanted, calls_);
    }
    if (calls_.empty()) return;
    // Which inputs are held is in the intake, in the order of the acknowledgements by hand.
    exchange_with_intake();
    const bus::Sequence accepted_before = outlet_.next_sequence();
    for (Call& call : calls_) {
        if (call.job == nullptr) {
            if (!call.was_made) put_back(std::move(call.function));
            worker_->function_ended(now);
            continue;
        }
        if (call.was_made) {
            worker_->job_began(*call.job, call.accepted_first);
        } else {
            call.outcome.end = bus::Outcome::End::give_back;
        }
        worker_->job_ended(*call.job, call.outcome, accepted_before, now);
    }
    calls_.clear();
}

// @return when the leader has to be up for a timer
TimePoint Runtime::give_out(TimePoint now) {
    const bus::Sequence accepted = outlet_.next_sequence();
    TimePoint timer = next_timer();
    for (;;) {
        // By turns, so that neither timers nor what has to run alone starves.
        const bool is_jobs_turn = was_timers_turn_ && worker_->has_job();
        if (timer <= now && !is_jobs_turn && worker_->may_begin_function()) {
            if (std::optional<Timers::Entry> function = take_due(now)) {
                worker_->function_began();
                was_timers_turn_ = true;
                calls_.push_back({.function = std::move(*function)});
            }
            timer = next_timer();
            continue;
        }
        const bus::Job* const job = worker_->next_job(accepted, now);
        if (job == nullptr) break;
        was_timers_turn_ = false;
        calls_.push_back({.job = job});
    }
    pool_->hand_over(calls_);
    return worker_->may_begin_function() ? timer : TimePoint::max();
}

// In one of the handler threads.
void Runtime::make_call(Call& call) {
    if (call.job == nullptr) {
        if (is_stopped_) return;
        call.was_made = true;
        call_if_it_fires(call.function);
        // What it captured ends here, not in the leader.
        call.function.callback = nullptr;
        return;
    }
    call.was_made = true;
    call.accepted_first = outlet_.next_sequence();
    // Unless the call returns: its thread is ended in it.
    call.outcome = {.end = bus::Outcome::End::failed, .error = "the handler ended its thread"};
    call.outcome = call_user(*call.job);
    if (call.outcome.end != bus::Outcome::End::held) return;
    // In the order of the manual acknowledgements that may mean it.
    const std::lock_guard lock(outlet_.mutex());
    outlet_.settle({.token = call.job->token, .is_hold = true});
}

std::optional<Timers::Entry> Runtime::take_due(TimePoint now) {
    const std::lock_guard lock(timers_mutex_);
    std::optional<Timers::Entry> taken = timers_.take_due(now);
    note_next_timer();
    return taken;
}

void Runtime::put_back(Timers::Entry function) {
    const std::lock_guard lock(timers_mutex_);
    timers_.put_back(std::move(function));
    note_next_timer();
}

}  // namespace eventail::service
