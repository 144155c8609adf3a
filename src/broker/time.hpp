// Time as the broker sees it: handed in by whoever drives it, never asked for.
#pragma once

#include <chrono>

namespace eventail::broker {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

}  // namespace eventail::broker
