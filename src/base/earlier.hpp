// Finds the next of several deadlines.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <optional>

namespace eventail {

/// The earlier of two deadlines, either of which may be missing.
inline std::optional<TimePoint> earlier(std::optional<TimePoint> left,
                                        std::optional<TimePoint> right) {
    if (left && right) return std::min(*left, *right);
    return left ? left : right;
}

}  // namespace eventail
