// Unsigned integers in network byte order (AMQP 0-9-1, section 4.2.5.1), at any alignment.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace eventail::wire {

/// The same number with its bytes in network order, or back. GCC does not recognise a byte swap in
/// a loop of shifts.
template <std::unsigned_integral T>
T swapped_to_big_endian(T value) {
    static_assert(sizeof(T) <= 8);
    if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1) return value;
    if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
    if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
    if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}

/// Reads sizeof(T) bytes at `from`.
template <std::unsigned_integral T>
T load_big_endian(const std::byte* from) {
    T value = 0;
    std::memcpy(&value, from, sizeof(T));
    return swapped_to_big_endian(value);
}

/// Writes sizeof(T) bytes at `to`.
template <std::unsigned_integral T>
void store_big_endian(std::byte* to, T value) {
    value = swapped_to_big_endian(value);
    std::memcpy(to, &value, sizeof(T));
}

}  // namespace eventail::wire
