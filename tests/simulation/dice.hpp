// Chance from a seed. A decision depends on the seed and its subject, not on the number of
// decisions before it: so a schedule still runs much the same after some of it is removed.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eventail::simulation {

class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}

    /// Separate dice for one subject.
    Dice about(std::uint64_t subject) const {
        Dice other(state_ ^ (subject + 1) * 0x9E3779B97F4A7C15ULL);
        other.next();
        return other;
    }
    Dice about(std::string_view subject) const {
        std::uint64_t hash = 0xCBF29CE484222325ULL;
        for (const char each : subject) {
            hash = (hash ^ static_cast<unsigned char>(each)) * 0x100000001B3ULL;
        }
        return about(hash);
    }

    /// SplitMix64.
    std::uint64_t next() {
        std::uint64_t mixed = state_ += 0x9E3779B97F4A7C15ULL;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
        return mixed ^ (mixed >> 31);
    }
    std::uint64_t below(std::uint64_t count) { return next() % count; }
    std::size_t pick(std::size_t count) { return static_cast<std::size_t>(next() % count); }
    bool chance(unsigned percent) { return next() % 100 < percent; }
    Duration between(std::chrono::microseconds least, std::chrono::microseconds most) {
        const auto range = static_cast<std::uint64_t>((most - least).count()) + 1;
        return least + std::chrono::microseconds(below(range));
    }

private:
    std::uint64_t state_;
};

}  // namespace eventail::simulation
