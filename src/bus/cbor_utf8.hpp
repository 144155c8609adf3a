// Whether bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms); fast where they are ASCII.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace eventail::bus {

/// is_utf8 for text that is not all ASCII.
[[nodiscard]] bool is_utf8_beyond_ascii(std::string_view text) noexcept;

[[nodiscard]] inline bool is_ascii(std::string_view text) noexcept {
    constexpr std::uint64_t high_bits = 0x8080808080808080;
    const char* at = text.data();
    std::size_t left = text.size();
    std::uint64_t seen = 0;
    if (left >= 8) {
        std::uint64_t word = 0;
        for (; left > 8; left -= 8, at += 8) {
            std::memcpy(&word, at, 8);
            seen |= word;
        }
        std::memcpy(&word, at + left - 8, 8);
        return ((seen | word) & high_bits) == 0;
    }
    for (; left != 0; --left) seen |= static_cast<unsigned char>(at[left - 1]);
    return (seen & high_bits) == 0;
}

/// Copies text. @return whether it is all ASCII
[[nodiscard]] inline bool copy_ascii(std::byte* to, std::string_view text) noexcept {
    constexpr std::uint64_t high_bits = 0x8080808080808080;
    const char* const from = text.data();
    const std::size_t size = text.size();
    std::uint64_t seen = 0;
    if (size >= 8) {
        std::uint64_t word = 0;
        std::size_t i = 0;
        for (; i + 8 < size; i += 8) {
            std::memcpy(&word, from + i, 8);
            std::memcpy(to + i, &word, 8);
            seen |= word;
        }
        std::memcpy(&word, from + size - 8, 8);
        std::memcpy(to + size - 8, &word, 8);
        return ((seen | word) & high_bits) == 0;
    }
    for (std::size_t i = 0; i < size; ++i) {
        to[i] = static_cast<std::byte>(from[i]);
        seen |= static_cast<unsigned char>(from[i]);
    }
    return (seen & high_bits) == 0;
}

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
    return is_ascii(text) || is_utf8_beyond_ascii(text);
}

}  // namespace eventail::bus
