// A simulation's events, line by line: always hashed, to compare two runs, and printed on request.
#pragma once

#include "simulation/dice.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <iostream>
#include <string_view>

namespace eventail::simulation {

/// The start of every simulation.
inline constexpr TimePoint beginning = TimePoint{} + std::chrono::hours{1};

class Trace {
public:
    explicit Trace(bool is_printed) : is_printed_(is_printed) {}

    template <typename... Parts>
    void note(TimePoint now, const Parts&... parts) {
        const auto time = now.time_since_epoch().count();
        hash(static_cast<std::uint64_t>(time));
        (hash(parts), ...);
        if (!is_printed_) return;
        const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now - beginning);
        std::cout << micros.count() / 1000 << " ms";
        (print(parts), ...);
        std::cout << '\n';
    }

    std::uint64_t hash() const { return hash_; }

private:
    static void print(std::string_view text) {
        if (!text.empty()) std::cout << ' ' << text;
    }
    static void print(std::integral auto number) { std::cout << ' ' << number; }

    void hash(std::string_view text) {
        for (const char each : text) mix(static_cast<unsigned char>(each));
        mix(0xFF);
    }
    template <std::integral Number>
    void hash(Number number) {
        const auto value = static_cast<std::uint64_t>(number);
        for (int shift = 0; shift < 64; shift += 16) mix((value >> shift) & 0xFFFF);
    }
    void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001B3ULL; }

    bool is_printed_;
    std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

}  // namespace eventail::simulation
