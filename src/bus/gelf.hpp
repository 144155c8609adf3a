// Log records in GELF 1.1, as the Python peers write them. (protocol.md, "Log record")
#pragma once

#include <eventail/log.hpp>
#include <eventail/payload.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace eventail::bus {

/// The parts of a log record; owns nothing.
struct LogRecord {
    Severity severity = Severity::info;
    std::string_view short_message = {};
    std::string_view full_message = {};
    std::string_view logical_service = {};
    std::string_view hostname = {};
    std::int64_t worker_pid = 0;
    double unix_time = 0;                   ///< seconds
    std::string_view conversation_id = {};  ///< empty: outside of any conversation
    LogFields fields = {};                  ///< a map; anything else becomes the field `_value`
};

struct GelfRecord {
    std::string json = {};
    /// Counts fields named `id` or `_id`, and fields whose name is already taken.
    unsigned dropped_fields = 0;
};

/// The limit for every record.
inline constexpr std::size_t max_gelf_bytes = std::size_t{256} * 1024;

/// Writes the record. Never fails because of the content: bad UTF-8 becomes U+FFFD; binary, NaN and
/// infinities become text; excessive content is cut or left out, and `_truncated` says so;
/// `_fields_error` replaces fields that could not be encoded at all.
GelfRecord gelf_record(const LogRecord& record);

/// The routing key: `<logical_service>.<LEVEL>`.
std::string log_routing_key(std::string_view logical_service, Severity severity);

}  // namespace eventail::bus
