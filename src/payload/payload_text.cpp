// See the header; and the one line for people that Payload::dump returns.
#include "payload/payload_text.hpp"

#include "payload/cbor_utf8.hpp"
#include "payload/json_writer.hpp"

namespace eventail::payload {
namespace {

constexpr std::size_t max_quoted_bytes = 80;

}  // namespace

std::size_t escaped_bytes(std::string_view text, std::size_t at, bool for_people) noexcept {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == '"' || byte == '\\') return 1;
    if (!for_people || byte < 0x7f) return 0;
    const Character character = first_character(text.substr(at));
    return is_printable(character.code_point) ? 0 : character.size_bytes;
}

Escape escape(std::string_view character) noexcept {
    return eventail::escape(first_character(character).code_point);
}

std::string_view clip(std::string_view text, std::size_t max_bytes) noexcept {
    if (text.size() <= max_bytes) return text;
    std::size_t size = max_bytes;
    while (size != 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    return text.substr(0, size);
}

std::string quoted(std::string_view text) {
    if (!is_utf8(text)) return "(not UTF-8)";
    const std::string_view shown = clip(text, max_quoted_bytes);
    std::string result = "\"";
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const std::size_t length = escaped_bytes(shown, i, true);
        if (length == 0) {
            result += shown[i];
        } else {
            result += escape(shown.substr(i, length)).view();
            i += length - 1;
        }
    }
    return result + (shown.size() < text.size() ? "…\"" : "\"");
}

}  // namespace eventail::payload

namespace eventail {

std::string to_text(PayloadView view, std::size_t max_bytes) {
    wire::Buffer line;
    payload::write_text(view, line, max_bytes);
    return {reinterpret_cast<const char*>(line.data()), line.size()};
}

std::string PayloadView::dump(std::size_t max_bytes) const { return to_text(*this, max_bytes); }

}  // namespace eventail
