// Scripted faults of one connection: cuts, stalls, confirms. eventail/broker.hpp defines them.
#pragma once

#include "base/time.hpp"
#include "broker/peer/peer_output.hpp"
#include <eventail/broker.hpp>

#include <cstddef>
#include <cstdint>

namespace eventail::broker {

/// Counts from set() on.
class FaultScript {
public:
    /// Replaces earlier faults.
    void set(const ConnectionFaults& faults, PeerOutput& output);

    /// How many of these incoming bytes reach the peer.
    std::size_t admit_bytes(std::size_t count);
    /// A frame was handled.
    void count_frame();
    /// The peer must not handle any more frames.
    bool is_out_of_frames() const;
    /// The peer must not read any more bytes after it has handled the admitted ones. The output
    /// knows its own limits.
    bool is_out_of_bytes() const;

    bool is_stalled() const { return faults_.is_stalled; }
    bool marks_redelivered() const { return faults_.is_marked_redelivered; }
    ConfirmFault confirms() const { return faults_.confirms; }
    Clock::duration confirm_delay() const { return faults_.confirm_delay; }
    /// This script, or an earlier one, may hold confirms back.
    bool may_hold_confirms() const { return may_hold_confirms_; }

private:
    ConnectionFaults faults_;
    bool may_hold_confirms_ = false;
    std::uint64_t read_bytes_ = 0;
    std::uint64_t read_frames_ = 0;
};

}  // namespace eventail::broker
