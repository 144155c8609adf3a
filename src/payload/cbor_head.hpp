// The head of a CBOR item (RFC 8949, section 3), its major type and argument: written in the
// shortest form, and read. skip() walks over plain CBOR, which is already checked and needs no
// bounds.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace eventail::payload::cbor {

inline constexpr std::uint8_t unsigned_integer = 0;
inline constexpr std::uint8_t negative_integer = 1;
inline constexpr std::uint8_t binary = 2;
inline constexpr std::uint8_t text = 3;
inline constexpr std::uint8_t list = 4;
inline constexpr std::uint8_t map = 5;
inline constexpr std::uint8_t tag = 6;
inline constexpr std::uint8_t simple = 7;

inline constexpr std::byte false_item{0xf4};
inline constexpr std::byte true_item{0xf5};
inline constexpr std::byte null_item{0xf6};
inline constexpr std::byte break_item{0xff};
inline constexpr std::byte empty_map{0xa0};

inline constexpr unsigned half_float = 25;
inline constexpr unsigned single_float = 26;
inline constexpr unsigned double_float = 27;
inline constexpr unsigned indefinite = 31;

inline constexpr std::size_t max_head_bytes = 9;
/// No limit may exceed this; it bounds stacks.
inline constexpr std::size_t max_supported_depth = 1024;

template <unsigned bytes>
[[nodiscard]] inline std::uint64_t load_big_endian(const std::byte* at) noexcept {
    if constexpr (bytes == 8) {
        std::uint64_t number = 0;
        std::memcpy(&number, at, 8);
        return std::endian::native == std::endian::big ? number : __builtin_bswap64(number);
    } else if constexpr (bytes == 4) {
        std::uint32_t number = 0;
        std::memcpy(&number, at, 4);
        return std::endian::native == std::endian::big ? number : __builtin_bswap32(number);
    } else if constexpr (bytes == 2) {
        return std::to_integer<std::uint64_t>(at[0]) << 8 | std::to_integer<std::uint64_t>(at[1]);
    } else {
        return std::to_integer<std::uint64_t>(*at);
    }
}

template <unsigned bytes>
inline void store_big_endian(std::byte* at, std::uint64_t number) noexcept {
    for (unsigned i = 0; i < bytes; ++i) {
        at[i] = static_cast<std::byte>(number >> (8 * (bytes - 1 - i)) & 0xff);
    }
}

/// The size of a head with this argument in the shortest form.
[[nodiscard]] inline std::size_t head_bytes(std::uint64_t argument) noexcept {
    if (argument < 24) return 1;
    if (argument <= 0xff) return 2;
    if (argument <= 0xffff) return 3;
    return argument <= 0xffffffff ? 5 : 9;
}

/// Writes a head, for which there must be room, and returns its end.
inline std::byte* put_head(std::byte* at, std::uint8_t major, std::uint64_t argument) noexcept {
    const unsigned type = static_cast<unsigned>(major) << 5;
    if (argument < 24) {
        *at = static_cast<std::byte>(type | argument);
        return at + 1;
    }
    if (argument <= 0xff) {
        at[0] = static_cast<std::byte>(type | 24);
        at[1] = static_cast<std::byte>(argument);
        return at + 2;
    }
    if (argument <= 0xffff) {
        *at = static_cast<std::byte>(type | 25);
        store_big_endian<2>(at + 1, argument);
        return at + 3;
    }
    if (argument <= 0xffffffff) {
        *at = static_cast<std::byte>(type | 26);
        store_big_endian<4>(at + 1, argument);
        return at + 5;
    }
    *at = static_cast<std::byte>(type | 27);
    store_big_endian<8>(at + 1, argument);
    return at + 9;
}

struct Head {
    std::uint8_t major = 0;
    std::uint8_t info = 0;
    std::uint64_t argument = 0;  // 0 for an indefinite length
    const std::byte* end = nullptr;
};

/// Reads a head that is already known to be complete and well-formed.
[[nodiscard]] inline Head read_head(const std::byte* at) noexcept {
    const auto initial = std::to_integer<unsigned>(*at);
    const unsigned info = initial & 31;
    Head head{static_cast<std::uint8_t>(initial >> 5), static_cast<std::uint8_t>(info), info,
              at + 1};
    if (info < 24) return head;
    if (info == 24) {
        head.argument = load_big_endian<1>(at + 1);
        head.end = at + 2;
    } else if (info == 25) {
        head.argument = load_big_endian<2>(at + 1);
        head.end = at + 3;
    } else if (info == 26) {
        head.argument = load_big_endian<4>(at + 1);
        head.end = at + 5;
    } else if (info == 27) {
        head.argument = load_big_endian<8>(at + 1);
        head.end = at + 9;
    } else {
        head.argument = 0;
    }
    return head;
}

/// The text of a text item in plain CBOR.
[[nodiscard]] inline std::string_view text_at(const Head& head) noexcept {
    return {reinterpret_cast<const char*>(head.end), static_cast<std::size_t>(head.argument)};
}

/// The end of an item of plain CBOR, with all its content.
[[nodiscard]] inline const std::byte* skip(const std::byte* at) noexcept {
    for (std::uint64_t pending = 1; pending != 0; --pending) {
        const Head head = read_head(at);
        at = head.end;
        switch (head.major) {
            case binary:
            case text: at += head.argument; break;
            case list: pending += head.argument; break;
            case map: pending += 2 * head.argument; break;
            default: break;
        }
    }
    return at;
}

}  // namespace eventail::payload::cbor
