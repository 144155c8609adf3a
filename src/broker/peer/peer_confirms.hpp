// The confirms of one channel. Neighbouring confirms go out as one (`multiple`), unless a fault
// holds back, changes or reorders some of them.
#pragma once

#include "base/time.hpp"
#include "broker/peer/faults.hpp"
#include "broker/peer/peer_output.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace eventail::broker {

class PeerConfirms {
public:
    PeerConfirms(std::uint16_t channel, PeerOutput& output) : channel_(channel), output_(output) {}

    void select() { is_on_ = true; }
    bool is_on() const { return is_on_; }

    /// Confirms the next message with an ack or a nack. Every message advances the tag.
    void settle(bool is_accepted, const FaultScript& faults, TimePoint now);
    /// Sends the confirms that are due.
    void flush(TimePoint now);
    /// The channel is closed: held-back confirms must not appear on a new one with its number.
    void forget_held_back() { held_back_.clear(); }
    /// When a held-back confirm is due.
    std::optional<TimePoint> next_deadline() const;

private:
    struct Confirm {
        std::uint64_t tag = 0;
        bool is_accepted = false;
        TimePoint due = {};
    };

    void send_run();
    void send(const Confirm& confirm);
    void hold_back(const Confirm& confirm, bool is_newest_first);

    std::uint16_t channel_;
    bool is_on_ = false;
    bool has_gaps_ = false;  // earlier tags are open, and `multiple` would include them
    PeerOutput& output_;
    std::uint64_t last_tag_ = 0;
    // Accepted but not sent: [run_first_, run_last_]; 0: none.
    std::uint64_t run_first_ = 0;
    std::uint64_t run_last_ = 0;
    std::deque<Confirm> held_back_;  // in the order of sending; none is due before the first
};

}  // namespace eventail::broker
