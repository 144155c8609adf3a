// The recorded session of the Python original (tests/vectors/python-original.json), frame by
// frame, and hexadecimal notation for bytes.
#pragma once

#include "wire/buffer.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::wire::golden {

inline std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

inline std::string to_hex(Bytes bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const std::byte octet : bytes) {
        hex += digits[std::to_integer<std::size_t>(octet >> 4)];
        hex += digits[std::to_integer<std::size_t>(octet & std::byte{0xf})];
    }
    return hex;
}

/// One line of the recording.
struct Record {
    nlohmann::json line;
    std::string raw;

    bool is(std::string_view kind) const { return line.at("frame") == kind; }
};

inline const std::vector<Record>& records() {
    static const std::vector<Record> all = [] {
        std::ifstream file(EVENTAIL_VECTORS_DIR "/python-original.json");
        std::vector<Record> read;
        for (const auto& line : nlohmann::json::parse(file)) {
            read.push_back({line, from_hex(line.at("raw").get<std::string>())});
        }
        return read;
    }();
    return all;
}

/// All frames of the recording as one stream.
inline std::string stream() {
    std::string bytes;
    for (const Record& record : records()) {
        if (!record.is("protocol-header")) bytes += record.raw;
    }
    return bytes;
}

}  // namespace eventail::wire::golden
