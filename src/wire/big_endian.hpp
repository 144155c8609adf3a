// Unsigned integers in network byte order (AMQP 0-9-1, section 4.2.5.1), at any alignment.
// The shifts compile to one load or store and a byte swap.
#pragma once

#include <concepts>
#include <cstddef>

namespace eventail::wire {

/// Reads sizeof(T) bytes at `from`.
template <std::unsigned_integral T>
constexpr T load_big_endian(const std::byte* from) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        const auto octet = static_cast<T>(std::to_integer<T>(from[i]));
        value = static_cast<T>(value | static_cast<T>(octet << (8 * (sizeof(T) - 1 - i))));
    }
    return value;
}

/// Writes sizeof(T) bytes at `to`.
template <std::unsigned_integral T>
constexpr void store_big_endian(std::byte* to, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        to[i] = static_cast<std::byte>((value >> (8 * (sizeof(T) - 1 - i))) & 0xff);
    }
}

}  // namespace eventail::wire
