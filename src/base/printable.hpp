// Makes text from others fit for a terminal, a log and an error: one line, in which nothing steers
// the terminal, changes the direction of writing or stays invisible.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace eventail {

/// One character of UTF-8.
struct Character {
    char32_t code_point = 0;
    std::size_t size_bytes = 0;  ///< 0: the text does not begin with a character
};

[[nodiscard]] Character first_character(std::string_view text) noexcept;

/// Neither a control character (C0, DEL, C1), nor a separator of lines or paragraphs, nor a mark
/// without width, such as the marks that change the direction of writing.
[[nodiscard]] bool is_printable(char32_t code_point) noexcept;

/// A character as an escape sequence of JSON.
struct Escape {
    std::array<char, 12> characters{};
    std::size_t size = 0;
    [[nodiscard]] std::string_view view() const noexcept { return {characters.data(), size}; }
};
[[nodiscard]] Escape escape(char32_t code_point) noexcept;

/// The text, with escapes (`\u000a`, `\u202e`) in place of unprintable characters, and `\xff` in
/// place of bytes that are not UTF-8.
[[nodiscard]] std::string printable(std::string_view text);

/// The same as the content of a JSON string: quotes and backslashes are escaped as well.
[[nodiscard]] std::string printable_in_quotes(std::string_view text);

}  // namespace eventail
