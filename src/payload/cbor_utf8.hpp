// Whether bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms); fast where they are ASCII.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace eventail::payload {

/// is_utf8 for text that is not all ASCII.
[[nodiscard]] bool is_utf8_beyond_ascii(std::string_view text) noexcept;

/// The first and the last bytes of a short text (0 to 7 bytes) in one word, overlapping. Different
/// texts of the same size give different words.
[[nodiscard]] inline std::uint64_t short_text(const char* text, std::size_t size) noexcept {
    if (size >= 4) {
        std::uint32_t front = 0;
        std::uint32_t back = 0;
        std::memcpy(&front, text, 4);
        std::memcpy(&back, text + size - 4, 4);
        return front | std::uint64_t{back} << 32;
    }
    if (size == 0) return 0;
    const auto byte = [text](std::size_t i) -> std::uint64_t {
        return static_cast<unsigned char>(text[i]);
    };
    return byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16;
}

inline constexpr std::uint64_t high_bits = 0x8080808080808080;

[[nodiscard]] inline bool is_ascii(std::string_view text) noexcept {
    const char* at = text.data();
    std::size_t left = text.size();
    if (left < 8) return (short_text(at, left) & high_bits) == 0;
    std::uint64_t seen = 0;
    std::uint64_t word = 0;
    for (; left > 8; left -= 8, at += 8) {
        std::memcpy(&word, at, 8);
        seen |= word;
    }
    std::memcpy(&word, at + left - 8, 8);
    return ((seen | word) & high_bits) == 0;
}

/// Copies text. @return whether it is all ASCII
[[nodiscard]] inline bool copy_ascii(std::byte* to, std::string_view text) noexcept {
    const char* const from = text.data();
    const std::size_t size = text.size();
    if (size < 8) {
        for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::byte>(from[i]);
        return (short_text(from, size) & high_bits) == 0;
    }
    std::uint64_t seen = 0;
    std::uint64_t word = 0;
    for (std::size_t i = 0; i + 8 < size; i += 8) {
        std::memcpy(&word, from + i, 8);
        std::memcpy(to + i, &word, 8);
        seen |= word;
    }
    std::memcpy(&word, from + size - 8, 8);
    std::memcpy(to + size - 8, &word, 8);
    return ((seen | word) & high_bits) == 0;
}

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
    return is_ascii(text) || is_utf8_beyond_ascii(text);
}

}  // namespace eventail::payload
