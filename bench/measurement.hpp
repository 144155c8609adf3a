// A program's own measurement, from the end of its warm-up: wall time, its CPU time by getrusage,
// its peak memory. Prints one JSON object on one line.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace eventail::bench {

class Measurement {
public:
    using Figures = std::initializer_list<std::pair<std::string_view, double>>;

    /// The warm-up is over.
    void begin();
    /// The work is done; only the first call counts.
    void end();
    bool has_begun() const { return has_begun_; }
    bool has_ended() const { return has_ended_; }
    double wall_seconds() const { return wall_seconds_; }

    /// Prints the measurement of `messages` messages, and more figures.
    void print(std::uint64_t messages, Figures more = {}) const;

private:
    bool has_begun_ = false;
    bool has_ended_ = false;
    std::chrono::steady_clock::time_point start_ = {};
    double cpu_start_ = 0;
    double wall_seconds_ = 0;
    double cpu_seconds_ = 0;
};

/// CPU seconds that this process has used so far.
double process_cpu_seconds();
std::size_t resident_bytes();

}  // namespace eventail::bench
