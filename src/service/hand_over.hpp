// What the leader and its handler threads hand to each other: calls of user code to be made, and
// those that have ended; and who is to be woken for them. Pure: callers synchronise.
#pragma once

#include "bus/job.hpp"
#include "bus/ring.hpp"
#include "service/timers.hpp"

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

namespace eventail::service {

/// A call of user code, on its way to a thread and back: of a job, or of a function.
struct Call {
    const bus::Job* job = nullptr;
    Timers::Entry function = {};  ///< without a job: a timer or posted function
    bus::ChannelLife function_began_in = 0;
    bool was_made = false;  ///< else it comes back as it went
    /// The intake's next_sequence() when it began.
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
        Ring<Call>& lane = call.job == nullptr || call.is_returned() ? others_ : messages_;
        lane.push_back(std::move(call));
    }
    /// Takes back the calls that no thread has taken; those of each lane in their order.
    void take_back(std::vector<Call>& calls) {
        for (Ring<Call>* lane : {&others_, &messages_}) {
            for (; !lane->empty(); lane->pop_front()) calls.push_back(std::move(lane->front()));
        }
    }
    /// To be taken, in the order of their ends.
    std::vector<Call>& ended() { return ended_; }

    // ---- A thread's side

    bool has_calls() const { return !messages_.empty() || !others_.empty(); }
    /// The next call: messages in the order in which they came. Timers, posted functions and
    /// messages that came back have a lane of their own, and every other turn. There must be one.
    Call take() {
        const bool is_others_turn = !others_.empty() && (!was_others_turn_ || messages_.empty());
        was_others_turn_ = is_others_turn;
        Ring<Call>& lane = is_others_turn ? others_ : messages_;
        Call call = std::move(lane.front());
        lane.pop_front();
        return call;
    }
    void end(Call call) { ended_.push_back(std::move(call)); }

    void falls_asleep() { ++sleeping_; }
    void wakes_up() {
        --sleeping_;
        is_one_waking_ = false;
    }

    // ---- Both, after having added or taken

    /// Whether a sleeping thread is to be woken now. One at a time, and the one that wakes up asks
    /// again: so none is woken for what others have done before it is up.
    bool calls_a_thread() {
        if (is_one_waking_ || sleeping_ == 0 || !has_calls()) return false;
        is_one_waking_ = true;
        return true;
    }

private:
    template <typename T>
    using Ring = bus::Ring<T>;

    Ring<Call> messages_;
    Ring<Call> others_;
    std::vector<Call> ended_;
    bool was_others_turn_ = false;
    std::size_t sleeping_ = 0;
    bool is_one_waking_ = false;
};

}  // namespace eventail::service
