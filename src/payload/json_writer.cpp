// See the header. Recurses as deeply as the content is nested; its check has bounded that.
#include "payload/json_writer.hpp"

#include "payload/payload_text.hpp"
#include <eventail/error.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace eventail::payload {
namespace {

enum class Manner { strict, loose };

class JsonWriter {
public:
    JsonWriter(wire::Buffer& buffer, std::size_t max_bytes, Manner manner) noexcept
        : buffer_(buffer), start_(buffer.size()), max_bytes_(max_bytes), manner_(manner) {}

    void value(PayloadView item) {
        if (full_) return;
        if (item.is_map()) {
            map(item);
        } else if (item.is_list()) {
            list(item);
        } else if (item.is_text()) {
            text(item.get<std::string_view>());
        } else if (item.is_binary()) {
            binary(item.get<std::span<const std::byte>>());
        } else if (item.is_unsigned_integer()) {
            number(item.get<std::uint64_t>());
        } else if (item.is_integer()) {
            number(item.get<std::int64_t>());
        } else if (item.is_float()) {
            floating(item.get<double>());
        } else if (item.is_null()) {
            put("null");
        } else {
            put(item.get<bool>() ? "true" : "false");
        }
    }

private:
    void map(PayloadView item) {
        put("{");
        bool first = true;
        for (const auto& [key, content] : item.entries()) {
            if (full_) return;
            if (!first) put(",");
            first = false;
            key_ = key;
            text(key);
            put(":");
            value(content);
        }
        put("}");
    }

    void list(PayloadView item) {
        put("[");
        bool first = true;
        for (const PayloadView content : item) {
            if (full_) return;
            if (!first) put(",");
            first = false;
            value(content);
        }
        put("]");
    }

    void text(std::string_view text) {
        put("\"");
        if (manner_ == Manner::loose) text = clip(text, max_bytes_);
        std::size_t plain = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const std::size_t length = escaped_bytes(text, i, manner_ == Manner::loose);
            if (length == 0) continue;
            put(text.substr(plain, i - plain));
            put(escape(text.substr(i, length)).view());
            i += length - 1;
            plain = i + 1;
        }
        put(text.substr(plain));
        put("\"");
    }

    void binary(std::span<const std::byte> bytes) {
        if (manner_ == Manner::strict) refuse("binary content");
        constexpr std::string_view digits = "0123456789abcdef";
        put("h'");
        for (const std::byte byte : bytes) {
            if (full_) return;
            const auto number = std::to_integer<std::size_t>(byte);
            put(digits.substr(number >> 4, 1));
            put(digits.substr(number & 15, 1));
        }
        put("'");
    }

    template <class Number>
    void number(Number number) {
        std::array<char, 32> digits{};
        const auto [end, error] =
            std::to_chars(digits.data(), digits.data() + digits.size(), number);
        put({digits.data(), end});
    }

    void floating(double number) {
        if (!std::isfinite(number)) {
            if (manner_ == Manner::strict) refuse("a number that is not finite");
            put(std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
            return;
        }
        std::array<char, 32> digits{};
        const auto [end, error] =
            std::to_chars(digits.data(), digits.data() + digits.size(), number);
        const std::string_view text(digits.data(), end);
        put(text);
        // A float stays a float for its reader.
        if (text.find_first_of(".e") == std::string_view::npos) put(".0");
    }

    void put(std::string_view text) {
        if (full_) return;
        const std::size_t left = max_bytes_ - (buffer_.size() - start_);
        if (text.size() > left) {
            if (manner_ == Manner::strict) {
                throw Error(Errc::payload_too_large,
                            "payload: more than " + std::to_string(max_bytes_) + " bytes as JSON");
            }
            full_ = true;
            buffer_.append(std::as_bytes(std::span(clip(text, left))));
            text = "…";
        }
        buffer_.append(std::as_bytes(std::span(text)));
    }

    [[noreturn]] void refuse(const std::string& what) const {
        throw Error(Errc::invalid_payload,
                    "payload, at or after key " + quoted(key_) + ": JSON cannot hold " + what);
    }

    wire::Buffer& buffer_;
    std::size_t start_;
    std::size_t max_bytes_;
    Manner manner_;
    bool full_ = false;
    std::string_view key_;
};

}  // namespace

void write_json(PayloadView content, wire::Buffer& buffer, std::size_t max_bytes) {
    JsonWriter(buffer, max_bytes, Manner::strict).value(content);
}

void write_text(PayloadView content, wire::Buffer& buffer, std::size_t max_bytes) {
    JsonWriter(buffer, max_bytes, Manner::loose).value(content);
}

}  // namespace eventail::payload
