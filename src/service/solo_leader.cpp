#include "service/solo_leader.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <utility>

namespace eventail::service {
namespace {

// A handler may gather this much before it is written in between.
constexpr std::size_t gathered_at_most_bytes = 256 * 1024;
// While many short handlers run, their output is written after this time at the latest.
constexpr Duration longest_without_io = std::chrono::milliseconds{1};
constexpr Duration longest_sleep = std::chrono::hours{1};

}  // namespace

/// The leader's next action, outside all locks.
struct SoloLeader::Turn {
    bool is_over = false;
    std::vector<bus::Notice> notices = {};
    std::optional<Timers::Entry> function = {};
    bus::ChannelLife function_began_in = 0;
    const bus::Job* job = nullptr;
};

/// Around user code: the stand-in watches how long it runs.
class SoloLeader::UserCodeScope {
public:
    explicit UserCodeScope(SoloLeader& leader) : leader_(leader) {
        leader_.user_code_.begin();
        leader_.stand_in_->stay_awake();
    }
    ~UserCodeScope() {
        leader_.user_code_.end();
        // The stand-in waits in poll(), with the lock that the leader needs next.
        if (leader_.is_standing_in_) leader_.with_.drive.interrupt();
    }
    UserCodeScope(const UserCodeScope&) = delete;
    UserCodeScope& operator=(const UserCodeScope&) = delete;

private:
    SoloLeader& leader_;
};

void SoloLeader::prepare() {
    stand_in_ = std::make_unique<StandIn>(user_code_, look_interval_,
                                          [this](std::uint64_t serial) { serve_while(serial); });
}

void SoloLeader::lead() {
    try {
        lead_on();
        stand_in_.reset();
    } catch (const abi::__forced_unwind&) {
        // This thread is being ended: in user code, or by a pthread_cancel() while it waited.
        ended_.outcome.end = bus::Outcome::End::failed;
        if (ended_.job != nullptr) ended_.outcome.error = "the handler ended its thread";
        throw;
    } catch (...) {
        stand_in_.reset();
        throw;
    }
}

void SoloLeader::lead_on() {
    for (;;) {
        const Turn turn = next_turn(std::exchange(ended_, {}));
        with_.log.record(turn.notices);
        if (turn.is_over) return;
        ended_ = {.job = turn.job,
                  .was_function = turn.function.has_value(),
                  .function_began_in = turn.function_began_in};
        call(turn);
    }
}

void SoloLeader::call(const Turn& turn) {
    if (turn.function) {
        const UserCodeScope running(*this);
        with_.calls.call(*turn.function);
    } else if (turn.job != nullptr) {
        const UserCodeScope running(*this);
        ended_.outcome = with_.calls.call(*turn.job);
    }
}

// Each call of user code costs one critical section and one look at the clock.
SoloLeader::Turn SoloLeader::next_turn(const Ended& ended) {
    Turn turn;
    const Lock lock(with_.drive.mutex());
    with_.drive.require_whole();
    bus::Worker& worker = with_.drive.worker();
    const TimePoint now = Clock::now();
    note_end(ended, now);
    // A drain may have waited only for a handler that outlived its deadline.
    const bool has_work = function_due() <= now || worker.has_job() || worker.is_finished();
    if (!has_work) {
        // Announced before the timers are checked: adding one later wakes us.
        with_.drive.announce_sleep();
        with_.drive.step(std::min(function_due(), now + longest_sleep));
    } else if (worker.is_finished() || now - with_.drive.last_step() >= longest_without_io) {
        with_.drive.step(std::nullopt);
    }
    turn.is_over = worker.is_finished();
    if (!turn.is_over) choose(turn, now);
    // Last, because choosing a call may add notices.
    turn.notices = with_.drive.take_notices();
    return turn;
}

TimePoint SoloLeader::function_due() {
    return with_.drive.worker().may_begin_function() ? next_function() : TimePoint::max();
}

void SoloLeader::choose(Turn& turn, TimePoint now) {
    bus::Worker& worker = with_.drive.worker();
    // Alternates, so that neither timers nor messages starve.
    const bool is_functions_turn = !was_functions_turn_ || !worker.has_job();
    if (is_functions_turn && function_due() <= now) turn.function = with_.timers.take_due(now);
    was_functions_turn_ = turn.function.has_value();
    if (turn.function) {
        turn.function_began_in = worker.function_began();
        return;
    }
    turn.job = worker.next_job(with_.outlet.next_sequence(), now);
}

void SoloLeader::note_end(const Ended& ended, TimePoint now) {
    // Its messages and settlements come before its end: a drain may wait only for that end, and a
    // manual acknowledgement has already decided.
    if (with_.outlet.has_news()) with_.drive.exchange_with_outlet();
    bus::Worker& worker = with_.drive.worker();
    if (ended.was_function) worker.function_ended(ended.function_began_in, now);
    if (ended.job == nullptr) return;
    worker.job_ended(*ended.job, ended.outcome, with_.outlet.next_sequence(), now);
}

void SoloLeader::serve_while(std::uint64_t serial) {
    Lock lock(with_.drive.mutex());
    is_standing_in_ = true;
    while (user_code_.serial() == serial) {
        const auto notices = with_.drive.step_for_leader(Clock::now() + longest_sleep);
        if (!notices) break;
        if (notices->empty()) continue;
        // The leader could tell them only when its call has ended.
        is_standing_in_ = false;
        lock.unlock();
        with_.log.record(*notices);
        lock.lock();
        is_standing_in_ = true;
    }
    is_standing_in_ = false;
}

void SoloLeader::after_accepting(bool is_user_code, std::size_t unwritten_bytes) {
    if (is_user_code && !is_standing_in_) {
        // The leader writes everything that gathered when the handler has ended.
        if (unwritten_bytes >= gathered_at_most_bytes) drive_if_free(std::nullopt);
        return;
    }
    if (user_code_.is_running() && drive_if_free(std::nullopt)) return;
    with_.drive.wake();
}

// The leader waits by itself. Others leave driving to the leader or its stand-in, which would
// otherwise wait for the lock.
bool SoloLeader::drive_for_room(bool is_user_code, TimePoint until) {
    return is_user_code && drive_if_free(until);
}

}  // namespace eventail::service
