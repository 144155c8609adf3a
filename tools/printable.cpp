#include "tools/printable.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace eventail::tools {

namespace {

/// One character of UTF-8; of size 0 if the text does not begin with one.
struct Character {
    char32_t code_point = 0;
    std::size_t size = 0;
};

Character first_character(std::string_view text) {
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

bool is_printable(char32_t code_point) {
    const bool is_control = code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
    const bool is_mark = (code_point >= 0x200B && code_point <= 0x200F) ||
                         (code_point >= 0x2028 && code_point <= 0x202E) ||
                         (code_point >= 0x2060 && code_point <= 0x206F) || code_point == 0xFEFF;
    return !is_control && !is_mark;
}

void append_escaped(std::string& to, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char byte : bytes) {
        const auto octet = static_cast<unsigned char>(byte);
        to += "\\x";
        to += digits[octet >> 4];
        to += digits[octet & 0xF];
    }
}

}  // namespace

std::string printable(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const Character character = first_character(text);
        const bool is_good = character.size > 0 && is_printable(character.code_point);
        const std::string_view bytes = text.substr(0, character.size > 0 ? character.size : 1);
        if (is_good) {
            result += bytes;
        } else {
            append_escaped(result, bytes);
        }
        text.remove_prefix(bytes.size());
    }
    return result;
}

}  // namespace eventail::tools
