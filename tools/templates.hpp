// Templates in JSON text: {{seq}}, {{uuid}} and {{now}}. Other text in braces stays unchanged.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace eventail::tools {

struct TemplateValues {
    std::uint64_t seq = 1;  ///< number of the message, from 1
    std::chrono::system_clock::time_point now = {};
    std::function<std::string()> uuid = {};  ///< called for each occurrence
};

[[nodiscard]] std::string filled_in(std::string_view text, const TemplateValues& values);

/// UTC, with milliseconds: 2026-01-31T12:00:00.000Z.
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point time);

/// A random UUID, version 4. @throws Error without randomness
[[nodiscard]] std::string new_uuid();

}  // namespace eventail::tools
