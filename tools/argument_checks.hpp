// Checks arguments for CLI11: returns an empty text, or a sentence that says what is wrong.
#pragma once

#include <string>

namespace eventail::tools {

/// A routing key: 1 to 255 bytes.
std::string what_is_wrong_with_key(std::string& text);
/// A whole number from 1 on.
std::string what_is_wrong_with_count(std::string& text);
/// A number above 0 of messages per second.
std::string what_is_wrong_with_rate(std::string& text);
/// Seconds above 0.
std::string what_is_wrong_with_seconds(std::string& text);

}  // namespace eventail::tools
