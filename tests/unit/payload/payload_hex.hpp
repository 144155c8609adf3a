// Helpers for all tests of payloads: bytes as the vectors write them, and the code of an Error.
#pragma once

#include <eventail/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::test {

inline std::string hex(std::span<const std::byte> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<std::size_t>(byte) >> 4];
        text += digits[std::to_integer<std::size_t>(byte) & 15];
    }
    return text;
}

inline std::vector<std::byte> unhex(const std::string& text) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(std::stoul(text.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

/// The code of the Error that the call throws; without an error, unequal to every Errc.
template <class Call>
std::error_code code_of(Call call) {
    try {
        static_cast<void>(call());
    } catch (const Error& error) {
        return error.code();
    }
    return {};
}

}  // namespace eventail::test
