#include "base/printable.hpp"

#include <algorithm>
#include <bit>
#include <span>

namespace eventail {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

struct Range {
    char32_t first;
    char32_t last;
};
// Sorted.
constexpr Range unprintable[] = {
    {0x0000, 0x001F},    // C0 controls
    {0x007F, 0x009F},    // DEL, C1 controls
    {0x00AD, 0x00AD},    // soft hyphen
    {0x061C, 0x061C},    // Arabic letter mark
    {0x180E, 0x180E},    // Mongolian vowel separator
    {0x200B, 0x200F},    // zero width, marks of direction
    {0x2028, 0x202E},    // separators of lines and paragraphs, embeddings, overrides
    {0x2060, 0x206F},    // invisible operators, isolates
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFF9, 0xFFFB},    // annotations
    {0xE0000, 0xE0FFF},  // tags
};

std::string with_escapes(std::string_view text, bool in_quotes) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const Character character = first_character(text);
        const std::string_view bytes =
            text.substr(0, std::max<std::size_t>(1, character.size_bytes));
        const bool is_quoted =
            in_quotes && (character.code_point == '"' || character.code_point == '\\');
        if (character.size_bytes == 0) {
            const auto octet = static_cast<unsigned char>(text.front());
            result += in_quotes ? "\\\\x" : "\\x";
            result += digits[octet >> 4];
            result += digits[octet & 15];
        } else if (is_quoted || !is_printable(character.code_point)) {
            result += escape(character.code_point).view();
        } else {
            result += bytes;
        }
        text.remove_prefix(bytes.size());
    }
    return result;
}

}  // namespace

Character first_character(std::string_view text) noexcept {
    if (text.empty()) return {};
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, 1};
    const auto size = static_cast<std::size_t>(std::countl_one(lead));
    if (size < 2 || size > 4 || size > text.size()) return {};
    char32_t code_point = lead & (0x7Fu >> size);
    for (std::size_t i = 1; i < size; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xC0u) != 0x80u) return {};
        code_point = code_point << 6 | (next & 0x3Fu);
    }
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (code_point < smallest[size] || code_point > 0x10FFFF || is_surrogate) return {};
    return {code_point, size};
}

bool is_printable(char32_t code_point) noexcept {
    if (code_point >= 0x20 && code_point < 0x7F) return true;
    const auto* const range = std::ranges::lower_bound(unprintable, code_point, {}, &Range::last);
    return range == std::end(unprintable) || code_point < range->first;
}

Escape escape(char32_t code_point) noexcept {
    switch (code_point) {
        case '"': return {{'\\', '"'}, 2};
        case '\\': return {{'\\', '\\'}, 2};
        case '\b': return {{'\\', 'b'}, 2};
        case '\f': return {{'\\', 'f'}, 2};
        case '\n': return {{'\\', 'n'}, 2};
        case '\r': return {{'\\', 'r'}, 2};
        case '\t': return {{'\\', 't'}, 2};
        default: break;
    }
    Escape result;
    const auto add = [&result](char32_t unit) {
        for (const char each : {'\\', 'u', digits[unit >> 12 & 15], digits[unit >> 8 & 15],
                                digits[unit >> 4 & 15], digits[unit & 15]}) {
            result.characters[result.size++] = each;
        }
    };
    if (code_point < 0x10000) {
        add(code_point);
    } else {
        add(0xD800 + ((code_point - 0x10000) >> 10));
        add(0xDC00 + ((code_point - 0x10000) & 0x3FF));
    }
    return result;
}

std::string printable(std::string_view text) { return with_escapes(text, false); }

std::string printable_in_quotes(std::string_view text) { return with_escapes(text, true); }

}  // namespace eventail
