// The exchange between the leader and its handler threads: calls of user code to make, and ended
// ones; and which thread to wake for them. Pure: callers synchronise.
#pragma once

#include "bus/job.hpp"
#include "bus/ring.hpp"
#include "service/timers.hpp"

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

namespace eventail::service {

/// A call of user code, of a job or a function, on its way to a thread and back.
struct Call {
    const bus::Job* job = nullptr;
    Timers::Entry function = {};  ///< without a job: a timer or posted function
    bus::ChannelLife function_began_in = 0;
    bool was_made = false;  ///< else it comes back unchanged
    /// The intake's next_sequence() at its beginning.
    bus::Sequence accepted_first = 0;
    bus::Outcome outcome = {};

    bool is_returned() const {
        return job != nullptr && std::holds_alternative<bus::ReturnedJob>(job->work);
    }
};

class HandOver {
public:
    // ---- The leader's side

    void add(Call call) {
        // A thread that has ended a call can do nothing about a lack of memory.
        make_room_for(handed_over_ + 1);
        Ring<Call>& lane = call.job == nullptr || call.is_returned() ? others_ : messages_;
        lane.push_back(std::move(call));
        ++handed_over_;
    }
    /// Takes back the calls that no thread has taken; each lane keeps its order.
    void take_back(std::vector<Call>& calls) {
        for (Ring<Call>* lane : {&others_, &messages_}) {
            for (; !lane->empty(); lane->pop_front()) {
                calls.push_back(std::move(lane->front()));
                --handed_over_;
            }
        }
    }
    /// Swaps the calls that have ended, in the order of their ends, into `calls`, which must be
    /// clear.
    void take_ended(std::vector<Call>& calls) {
        std::swap(calls, ended_);
        handed_over_ -= calls.size();
        make_room_for(handed_over_);
    }

    // ---- A thread's side

    bool has_calls() const { return !messages_.empty() || !others_.empty(); }
    /// The next call: messages in the order of arrival. Timers, posted functions and returned
    /// messages have a separate lane, and every other turn. There must be a call.
    Call take() {
        const bool is_others_turn = !others_.empty() && (!was_others_turn_ || messages_.empty());
        was_others_turn_ = is_others_turn;
        Ring<Call>& lane = is_others_turn ? others_ : messages_;
        Call call = std::move(lane.front());
        lane.pop_front();
        return call;
    }
    void end(Call call) noexcept { ended_.push_back(std::move(call)); }

    void falls_asleep() { ++sleeping_; }
    void wakes_up() {
        --sleeping_;
        is_one_waking_ = false;
    }

    // ---- Both, after adding or taking

    /// Whether to wake a sleeping thread now. Wakes one at a time; the woken thread asks again. So
    /// no thread wakes for calls that others have taken before it is up.
    bool calls_a_thread() {
        if (is_one_waking_ || sleeping_ == 0 || !has_calls()) return false;
        is_one_waking_ = true;
        return true;
    }

private:
    template <typename T>
    using Ring = bus::Ring<T>;

    void make_room_for(std::size_t count) {
        if (ended_.capacity() < count) ended_.reserve(2 * count);
    }

    Ring<Call> messages_;
    Ring<Call> others_;
    std::vector<Call> ended_;
    std::size_t handed_over_ = 0;  // and not taken back: waiting, running or ended
    bool was_others_turn_ = false;
    std::size_t sleeping_ = 0;
    bool is_one_waking_ = false;
};

}  // namespace eventail::service
