// The local log: spdlog's logger "eventail". A program that has registered one of that name decides
// where it goes and from which level; otherwise it is the standard error stream, from info on.
#pragma once

#include <eventail/severity.hpp>

#include <string_view>

namespace eventail::service {

/// Never throws. `text` is written as one line, control characters escaped.
void log_locally(Severity severity, std::string_view logical_service,
                 std::string_view text) noexcept;

}  // namespace eventail::service
