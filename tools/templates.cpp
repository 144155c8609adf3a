#include "tools/templates.hpp"

#include <eventail/error.hpp>

#include <sys/random.h>

#include <array>
#include <ctime>

namespace eventail::tools {

std::string filled_in(std::string_view text, const TemplateValues& values) {
    constexpr std::string_view seq = "{{seq}}";
    constexpr std::string_view uuid = "{{uuid}}";
    constexpr std::string_view now = "{{now}}";
    std::string result;
    while (!text.empty()) {
        const std::size_t at = std::min(text.find("{{"), text.size());
        result += text.substr(0, at);
        text.remove_prefix(at);
        if (text.starts_with(seq)) {
            result += std::to_string(values.seq);
            text.remove_prefix(seq.size());
        } else if (text.starts_with(uuid)) {
            result += values.uuid();
            text.remove_prefix(uuid.size());
        } else if (text.starts_with(now)) {
            result += rfc3339(values.now);
            text.remove_prefix(now.size());
        } else if (!text.empty()) {
            result += text.front();
            text.remove_prefix(1);
        }
    }
    return result;
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
    const std::time_t count = std::chrono::system_clock::to_time_t(seconds);
    std::tm parts = {};
    ::gmtime_r(&count, &parts);
    std::array<char, 40> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    const std::string fraction = std::to_string(1000 + (milliseconds - seconds).count());
    return std::string(text.data(), size) + "." + fraction.substr(1) + "Z";
}

std::string new_uuid() {
    std::array<unsigned char, 16> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw Error(Errc::invalid_state, "the system has no random bytes for a UUID");
    }
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0Fu) | 0x40u);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3Fu) | 0x80u);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
    }
    return text;
}

}  // namespace eventail::tools
