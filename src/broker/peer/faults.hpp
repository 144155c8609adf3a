// Faults by script, as one connection meets them: when it is cut, whether it stalls, what becomes
// of its confirms. What they mean is said where users ask for them, in eventail/broker.hpp.
#pragma once

#include "base/time.hpp"
#include "broker/peer/peer_output.hpp"
#include <eventail/broker.hpp>

#include <cstddef>
#include <cstdint>

namespace eventail::broker {

/// Counts from when it was told to.
class FaultScript {
public:
    /// Replaces what was set before.
    void set(const ConnectionFaults& faults, PeerOutput& output);

    /// How many of these incoming bytes the peer gets to see.
    std::size_t admit_bytes(std::size_t count);
    /// A frame was handled.
    void count_frame();
    /// No more frames are to be handled.
    bool is_out_of_frames() const;
    /// Nor bytes be read, once those that were admitted are handled. The output knows its own
    /// limits.
    bool is_out_of_bytes() const;

    bool is_stalled() const { return faults_.is_stalled; }
    bool marks_redelivered() const { return faults_.is_marked_redelivered; }
    ConfirmFault confirms() const { return faults_.confirms; }
    Clock::duration confirm_delay() const { return faults_.confirm_delay; }
    /// Some may be held back, of this script or of an earlier one.
    bool may_hold_confirms() const { return may_hold_confirms_; }

private:
    ConnectionFaults faults_;
    bool may_hold_confirms_ = false;
    std::uint64_t read_bytes_ = 0;
    std::uint64_t read_frames_ = 0;
};

}  // namespace eventail::broker
