// Says when the messages of a steady rate are due.
#pragma once

#include <chrono>
#include <cstdint>

namespace eventail::tools {

struct Pace {
    double per_second = 0;  ///< 0: no limit
    std::chrono::steady_clock::time_point start = {};

    /// When the message after `count` others is due.
    [[nodiscard]] std::chrono::steady_clock::time_point due(std::uint64_t before) const {
        if (per_second <= 0) return start;
        const std::chrono::duration<double> after(static_cast<double>(before) / per_second);
        return start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(after);
    }
};

}  // namespace eventail::tools
