// Names that nobody else gives, from the randomness that the pure layers do without.
#pragma once

#include "base/atomic.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace eventail::service {

/// 16 hexadecimal digits from the system's randomness.
std::string random_name();

/// Names that are unique in the world: a random prefix, a hyphen and a number. Thread-safe.
class NameSource {
public:
    NameSource() : prefix_(random_name()) {}

    /// A name stored in place: making one allocates nothing.
    class Name {
    public:
        Name(std::string_view prefix, std::uint64_t number);
        std::string_view text() const { return {text_.data(), length_}; }

    private:
        std::array<char, 40> text_;
        std::size_t length_;
    };
    Name next() { return {prefix_, next_number()}; }
    std::uint64_t next_number() { return next_number_.fetch_add(1, std::memory_order_relaxed); }
    const std::string& prefix() const { return prefix_; }

private:
    std::string prefix_;
    Atomic<std::uint64_t> next_number_{1};
};

}  // namespace eventail::service
