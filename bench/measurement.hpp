// How a program here measures itself, from after its warm-up to the end: wall time, its own CPU
// time by getrusage, the memory it took at most. It prints one JSON object on one line.
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
    /// All is done; only the first call counts.
    void end();
    bool has_begun() const { return has_begun_; }
    bool has_ended() const { return has_ended_; }
    double wall_seconds() const { return wall_seconds_; }

    /// Prints what was measured for `messages` messages, and more figures.
    void print(std::uint64_t messages, Figures more = {}) const;

private:
    bool has_begun_ = false;
    bool has_ended_ = false;
    std::chrono::steady_clock::time_point start_ = {};
    double cpu_start_ = 0;
    double wall_seconds_ = 0;
    double cpu_seconds_ = 0;
};

/// CPU seconds and the resident memory of this process so far.
double process_cpu_seconds();
std::size_t resident_bytes();

}  // namespace eventail::bench
