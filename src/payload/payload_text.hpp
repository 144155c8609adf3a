// Makes text of a payload fit for JSON, for messages and for terminals.
#pragma once

#include "base/printable.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace eventail::payload {

/// How many bytes of the text from `at` on need one escape sequence together; 0 if none. For
/// people, everything unprintable does, although JSON admits it.
[[nodiscard]] std::size_t escaped_bytes(std::string_view text, std::size_t at,
                                        bool for_people) noexcept;

/// The JSON escape sequence for one character, as found by escaped_bytes().
[[nodiscard]] Escape escape(std::string_view character) noexcept;

/// The text or its beginning, at most max_bytes, whole UTF-8 characters only.
[[nodiscard]] std::string_view clip(std::string_view text, std::size_t max_bytes) noexcept;

/// The text in quotes, for a message: escaped for people, clipped, always UTF-8.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace eventail::payload
