#include "service/identity.hpp"

#include "base/randomness.hpp"

#include <algorithm>
#include <charconv>

namespace eventail::service {

std::string random_name() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string name;
    for (int i = 0; i < 2; ++i) {
        std::uint32_t bits = random_bits();
        for (int digit = 0; digit < 8; ++digit, bits >>= 4) name += digits[bits & 0xF];
    }
    return name;
}

NameSource::Name::Name(std::string_view prefix, std::uint64_t number) {
    char* const digits = std::ranges::copy(prefix, text_.data()).out;
    *digits = '-';
    char* const end = std::to_chars(digits + 1, text_.data() + text_.size(), number).ptr;
    length_ = static_cast<std::size_t>(end - text_.data());
}

}  // namespace eventail::service
