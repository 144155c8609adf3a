// Severities of log records, as syslog counts them. (protocol.md, "Log record")
#pragma once

#include <string_view>

namespace eventail {

enum class Severity : unsigned char {
    emergency = 0,
    alert = 1,
    critical = 2,
    error = 3,
    warning = 4,
    notice = 5,
    info = 6,
    debug = 7
};

/// The name as it stands on the wire: `EMERGENCY` … `DEBUG`.
std::string_view name_of(Severity severity);

}  // namespace eventail
