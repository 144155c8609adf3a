// Random names that no other process chooses.
#pragma once

#include "base/randomness.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace eventail::store {

/// 128 random bits in hexadecimal.
inline std::string new_token() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string token;
    for (int word = 0; word < 4; ++word) {
        std::uint32_t bits = random_bits();
        for (int digit = 0; digit < 8; ++digit, bits >>= 4) token += digits[bits & 15];
    }
    return token;
}

}  // namespace eventail::store
