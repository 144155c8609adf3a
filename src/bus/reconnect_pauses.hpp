// How long a service that lost its consuming connection waits before it runs again: not at all, or
// a little, if it worked; longer each time if it did not, or if it always ends by the same fault.
#pragma once

#include "bus/backoff.hpp"
#include "bus/fault_streak.hpp"

#include <string>

namespace eventail::bus {

struct RunEnd;

class ReconnectPauses {
public:
    ReconnectPauses(Duration max, std::uint32_t seed) : backoff_(max, seed) {}

    struct Pause {
        Duration length = {};
        std::string error = {};  ///< one line to be logged; empty: none
    };
    /// A run that lasted so long has lost its connection.
    Pause after(const RunEnd& end, Duration lasted);
    /// A run ended because another one was asked for.
    void reset() { backoff_.reset(); }

private:
    Backoff backoff_;
    FaultStreak faults_;
};

}  // namespace eventail::bus
