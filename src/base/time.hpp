// The clock of all pure code: passed in, never read.
#pragma once

#include <chrono>

namespace eventail {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

}  // namespace eventail
