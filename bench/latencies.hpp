// The durations of single round trips.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace eventail::bench {

class Latencies {
public:
    /// Makes room for `max_count` of them; 0 keeps none.
    explicit Latencies(std::size_t max_count) : max_count_(max_count) {
        seconds_.reserve(max_count);
    }

    void start() {
        if (max_count_ > 0) start_ = std::chrono::steady_clock::now();
    }
    void stop() {
        if (seconds_.size() == max_count_) return;
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start_;
        seconds_.push_back(taken.count());
    }

    /// In microseconds; 0 if none are kept.
    double quantile_us(double fraction) {
        if (seconds_.empty()) return 0;
        const auto position =
            static_cast<std::size_t>(fraction * static_cast<double>(seconds_.size() - 1));
        const auto nth = seconds_.begin() + static_cast<std::ptrdiff_t>(position);
        std::nth_element(seconds_.begin(), nth, seconds_.end());
        return *nth * 1e6;
    }

private:
    std::size_t max_count_;
    std::chrono::steady_clock::time_point start_ = {};
    std::vector<double> seconds_;
};

}  // namespace eventail::bench
