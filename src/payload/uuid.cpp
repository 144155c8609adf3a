// UUIDs as text. (RFC 4122, section 3)
#include <eventail/codecs/uuid.hpp>

namespace eventail {
namespace {

constexpr std::size_t text_size = 36;

constexpr bool is_hyphen_at(std::size_t i) noexcept {
    return i == 8 || i == 13 || i == 18 || i == 23;
}

int digit_of(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<Uuid> Uuid::from_text(std::string_view text) noexcept {
    if (text.size() != text_size) return std::nullopt;
    Uuid uuid;
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text_size; ++i) {
        if (is_hyphen_at(i)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const int digit = digit_of(text[i]);
        if (digit < 0) return std::nullopt;
        std::byte& byte = uuid.bytes[digits++ / 2];
        byte = byte << 4 | static_cast<std::byte>(digit);
    }
    return uuid;
}

std::string Uuid::text() const {
    constexpr std::string_view characters = "0123456789abcdef";
    std::string result;
    result.reserve(text_size);
    for (const std::byte byte : bytes) {
        if (is_hyphen_at(result.size())) result += '-';
        result += characters[std::to_integer<std::size_t>(byte >> 4)];
        result += characters[std::to_integer<std::size_t>(byte & std::byte{15})];
    }
    return result;
}

}  // namespace eventail
