// The clock of everything pure: passed in, never read.
#pragma once

#include <chrono>

namespace eventail {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

}  // namespace eventail
