// The time of day, for what people and other programs read. Part of the seam: docs/decisions/0020.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace eventail {

inline std::chrono::system_clock::time_point wall_time() {
    return std::chrono::system_clock::now();
}

/// From the kernel's coarse clock: a twentieth of what the fine one costs.
inline std::uint64_t unix_seconds() { return static_cast<std::uint64_t>(::time(nullptr)); }

}  // namespace eventail
