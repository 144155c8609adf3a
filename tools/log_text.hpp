// Log records as they came over the bus, in one line. (protocol.md, "Log record")
#pragma once

#include "tools/bus/bus_message.hpp"
#include "tools/output.hpp"
#include <eventail/severity.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::tools {

/// What a record says, as far as it can be read.
struct LogLine {
    std::chrono::system_clock::time_point time = {};  ///< of the record, or when it came
    Severity severity = Severity::info;
    std::string service = {};
    std::string conversation_id = {};
    std::string text = {};
    std::string details = {};  ///< the full message, if it says more
    std::string fields = {};   ///< name=value, ...
};

[[nodiscard]] LogLine read_log(const BusMessage& message, const Content& content);

struct LogSelection {
    Severity least = Severity::debug;
    std::optional<std::string> service = {};
    std::optional<std::string> conversation_id = {};
    std::optional<std::chrono::system_clock::time_point> since = {};

    [[nodiscard]] bool selects(const LogLine& line) const;
    /// Routing keys that let through all that it selects, and little else.
    [[nodiscard]] std::vector<std::string> keys() const;
};

[[nodiscard]] std::string text_of(const LogLine& line, const OutputStyle& style);

/// WARNING, warning, warn; or 0 to 7.
[[nodiscard]] std::optional<Severity> severity_in(std::string_view text);

/// 90s, 10m, 2h, 1d before `now`; or a time such as 2026-01-31T12:00:00Z.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> time_in(
    const std::string& text, std::chrono::system_clock::time_point now);

}  // namespace eventail::tools
