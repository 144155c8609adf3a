// A message of the bus in one line: for people, or for programs.
#pragma once

#include "tools/bus/bus_message.hpp"
#include "tools/output.hpp"

#include <string>

namespace eventail::tools {

/// Time of day, kind, name, conversation, content.
[[nodiscard]] std::string line_of(const BusMessage& message, const Content& content,
                                  const OutputStyle& style);

/// All fields. Content that cannot be read is there as `body`, beside `undecodable`, the reason.
[[nodiscard]] std::string json_line_of(const BusMessage& message, const Content& content);

/// 12:00:01.123, in the local time.
[[nodiscard]] std::string time_of_day(std::chrono::system_clock::time_point time);

}  // namespace eventail::tools
