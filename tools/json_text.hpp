// JSON for other programs, one line without loss. Escapes invisible characters; writes binary and
// text that is not UTF-8 as {"$binary": BASE64}, and a float that JSON lacks as {"$float": "NaN"}.
#pragma once

#include <eventail/payload_view.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eventail::tools {

[[nodiscard]] std::string base64(std::span<const std::byte> bytes);
/// Strict: with padding, without spaces. Nothing if the text is not base64.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// A text from the bus.
[[nodiscard]] std::string json_of(std::string_view text);
[[nodiscard]] std::string json_of(PayloadView content);

/// One object on one line, in the order of add().
class JsonLine {
public:
    JsonLine& add(std::string_view name, std::string_view text) {
        return add_json(name, json_of(text));
    }
    JsonLine& add(std::string_view name, const char* text) {
        return add(name, std::string_view(text));
    }
    JsonLine& add(std::string_view name, PayloadView content) {
        return add_json(name, json_of(content));
    }
    template <std::integral Number>
    JsonLine& add(std::string_view name, Number value) {
        if constexpr (std::same_as<Number, bool>) return add_json(name, value ? "true" : "false");
        return add_json(name, std::to_string(value));
    }
    JsonLine& add_json(std::string_view name, std::string_view json);

    /// Without a line break.
    [[nodiscard]] std::string text() const { return content_ + "}"; }

private:
    std::string content_ = "{";
};

}  // namespace eventail::tools
