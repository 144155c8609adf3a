// UTF-8 by the table of well-formed byte sequences (Unicode, table 3-7).
#include "payload/cbor_utf8.hpp"

namespace eventail::payload {
namespace {

struct Lead {
    std::size_t following = 0;  // 0: no lead byte
    unsigned min_second = 0x80;
    unsigned max_second = 0xbf;
};

Lead lead_of(unsigned byte) noexcept {
    if (byte >= 0xc2 && byte <= 0xdf) return {1};
    if (byte == 0xe0) return {2, 0xa0};
    if (byte == 0xed) return {2, 0x80, 0x9f};
    if (byte >= 0xe1 && byte <= 0xef) return {2};
    if (byte == 0xf0) return {3, 0x90};
    if (byte >= 0xf1 && byte <= 0xf3) return {3};
    if (byte == 0xf4) return {3, 0x80, 0x8f};
    return {};
}

}  // namespace

bool is_utf8_beyond_ascii(std::string_view text) noexcept {
    const auto byte_at = [text](std::size_t i) -> unsigned {
        return static_cast<unsigned char>(text[i]);
    };
    for (std::size_t i = 0; i < text.size();) {
        if (byte_at(i) < 0x80) {
            ++i;
            continue;
        }
        const Lead lead = lead_of(byte_at(i));
        if (lead.following == 0 || text.size() - i <= lead.following) return false;
        if (byte_at(i + 1) < lead.min_second || byte_at(i + 1) > lead.max_second) return false;
        for (std::size_t k = 2; k <= lead.following; ++k) {
            if ((byte_at(i + k) & 0xc0) != 0x80) return false;
        }
        i += lead.following + 1;
    }
    return true;
}

}  // namespace eventail::payload
