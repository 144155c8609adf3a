#include "service/identity.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <random>

namespace eventail::service {

std::string hostname() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return name.data();
}

std::string random_name() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device random;
    std::string name;
    for (int i = 0; i < 2; ++i) {
        std::uint32_t bits = random();
        for (int digit = 0; digit < 8; ++digit, bits >>= 4) name += digits[bits & 0xF];
    }
    return name;
}

NameSource::Name NameSource::next() {
    Name name{.number = next_number_.fetch_add(1, std::memory_order_relaxed), .text = prefix_};
    std::array<char, 20> digits;
    const auto [end, error] =
        std::to_chars(digits.data(), digits.data() + digits.size(), name.number);
    name.text += '-';
    name.text.append(digits.data(), end);
    return name;
}

}  // namespace eventail::service
