#include "broker/core/names.hpp"

namespace eventail::broker {

std::string NameGenerator::next(std::string_view prefix) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    constexpr int digits_per_number = 11;  // 64 bits, six at a time
    std::string name(prefix);
    for (int half = 0; half < 2; ++half) {
        std::uint64_t number = next_number();
        for (int i = 0; i < digits_per_number; ++i) {
            name += digits[number % digits.size()];
            number /= digits.size();
        }
    }
    return name;
}

// SplitMix64.
std::uint64_t NameGenerator::next_number() {
    state_ += 0x9e37'79b9'7f4a'7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58'476d'1ce4'e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d0'49bb'1331'11eb;
    return mixed ^ (mixed >> 31);
}

}  // namespace eventail::broker
