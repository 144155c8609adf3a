#include "tools/json_text.hpp"

#include "base/printable.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace eventail::tools {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string in_braces(std::string_view key, std::string_view text) {
    return "{\"" + std::string(key) + "\":\"" + std::string(text) + "\"}";
}

std::string json_of_float(double number) {
    if (std::isnan(number)) return in_braces("$float", "NaN");
    if (std::isinf(number)) return in_braces("$float", number < 0 ? "-Infinity" : "Infinity");
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number);
    std::string result(text.data(), end.ptr);
    // A float without a fraction stays a float for its reader.
    if (result.find_first_of(".e") == std::string::npos) result += ".0";
    return result;
}

void append_json(std::string& out, PayloadView content) {
    if (content.is_null()) {
        out += "null";
    } else if (content.is_boolean()) {
        out += content.get<bool>() ? "true" : "false";
    } else if (content.is_unsigned_integer()) {
        out += std::to_string(content.get<std::uint64_t>());
    } else if (content.is_integer()) {
        out += std::to_string(content.get<std::int64_t>());
    } else if (content.is_float()) {
        out += json_of_float(content.get<double>());
    } else if (content.is_text()) {
        out += json_of(content.get<std::string_view>());
    } else if (content.is_binary()) {
        out += in_braces("$binary", base64(content.get<std::span<const std::byte>>()));
    } else if (content.is_list()) {
        out += '[';
        bool is_first = true;
        for (const PayloadView item : content) {
            if (!is_first) out += ',';
            is_first = false;
            append_json(out, item);
        }
        out += ']';
    } else {
        out += '{';
        bool is_first = true;
        for (const auto& [key, value] : content.entries()) {
            if (!is_first) out += ',';
            is_first = false;
            out += '"' + printable_in_quotes(key) + "\":";
            append_json(out, value);
        }
        out += '}';
    }
}

}  // namespace

std::string base64(std::span<const std::byte> bytes) {
    std::string result;
    result.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group <<= 8;
            if (at + i < bytes.size()) group |= std::to_integer<std::uint32_t>(bytes[at + i]);
        }
        const std::size_t digits = std::min<std::size_t>(bytes.size() - at, 3) + 1;
        for (std::size_t i = 0; i < 4; ++i) {
            result += i < digits ? alphabet[group >> (18 - 6 * i) & 63u] : '=';
        }
    }
    return result;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    std::string result;
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (const char each : text) {
        const std::size_t digit = alphabet.find(each);
        if (digit == std::string_view::npos) return std::nullopt;
        group = group << 6 | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        result += static_cast<char>(group >> bits & 255u);
    }
    return result;
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t size = first_character(text).size_bytes;
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

std::string json_of(std::string_view text) {
    if (is_utf8(text)) return '"' + printable_in_quotes(text) + '"';
    return in_braces("$binary", base64(std::as_bytes(std::span(text))));
}

std::string json_of(PayloadView content) {
    std::string result;
    append_json(result, content);
    return result;
}

JsonLine& JsonLine::add_json(std::string_view name, std::string_view json) {
    if (content_.size() > 1) content_ += ',';
    content_ += '"' + printable_in_quotes(name) + "\":";
    content_ += json;
    return *this;
}

}  // namespace eventail::tools
