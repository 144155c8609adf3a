// Whether bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms); fast where they are ASCII.
#pragma once

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

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
    return is_ascii(text) || is_utf8_beyond_ascii(text);
}

}  // namespace eventail::bus
