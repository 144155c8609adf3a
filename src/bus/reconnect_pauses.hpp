// The pause before a service reconnects after losing its consuming connection: none or a short one
// if the connection worked; longer each time if it did not, or if it keeps ending with the same
// fault.
#pragma once

#include "bus/backoff.hpp"
#include "bus/fault_streak.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace eventail::bus {

class ReconnectPauses {
public:
    ReconnectPauses(Duration max, std::uint32_t seed) : backoff_(max, seed) {}

    /// How a consuming connection ended.
    struct Loss {
        bool was_consuming = false;
        std::optional<ConnectionFault> fault = {};
        Duration lasted = {};
        bool is_refused = false;  ///< nobody listens
    };
    struct Pause {
        Duration length = {};
        std::string error = {};  ///< one line to log; empty: none
    };
    Pause after(const Loss& loss);
    /// A new connection was requested.
    void reset() { backoff_.reset(); }

private:
    Backoff backoff_;
    FaultStreak faults_;
};

}  // namespace eventail::bus
