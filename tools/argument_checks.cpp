#include "tools/argument_checks.hpp"

#include <charconv>
#include <cmath>

namespace eventail::tools {

namespace {

bool is_number_above_zero(const std::string& text) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    constexpr double most = 1e9;
    return result.ec == std::errc() && result.ptr == end && number > 0 && number <= most;
}

}  // namespace

std::string what_is_wrong_with_key(std::string& text) {
    constexpr std::size_t longest = 255;
    if (text.empty()) return "a name has at least one byte";
    if (text.size() <= longest) return "";
    return "a name has at most 255 bytes, this one " + std::to_string(text.size());
}

std::string what_is_wrong_with_count(std::string& text) {
    constexpr std::size_t most_digits = 18;
    const bool is_good = !text.empty() && text.size() <= most_digits &&
                         text.find_first_not_of("0123456789") == std::string::npos &&
                         text.find_first_not_of('0') != std::string::npos;
    return is_good ? "" : "not a count from 1 on: " + text;
}

std::string what_is_wrong_with_rate(std::string& text) {
    return is_number_above_zero(text) ? "" : "not a number of messages per second: " + text;
}

std::string what_is_wrong_with_seconds(std::string& text) {
    return is_number_above_zero(text) ? "" : "not a number of seconds above 0: " + text;
}

}  // namespace eventail::tools
