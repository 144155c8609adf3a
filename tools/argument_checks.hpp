// What is wrong with an argument, for CLI11: empty, or a sentence.
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
