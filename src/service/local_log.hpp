// The local log: spdlog's logger "eventail". A program may register a logger with that name, and so
// choose destination and level; otherwise it writes to standard error, from info on. While the
// program's static objects are destroyed, it always does.
#pragma once

#include <eventail/log.hpp>

#include <string_view>

namespace eventail::service {

/// The parts of a line beside its text.
struct LogContext {
    std::string_view conversation_id = {};
    LogFields fields = {};
};

/// Writes one line, in the form of a JSON string's content: escapes control and other invisible
/// characters, quotes and backslashes. Never throws, and a broken pipe at standard error does not
/// end the program (SIGPIPE).
void log_locally(Severity severity, std::string_view logical_service, std::string_view text,
                 const LogContext& context = {}) noexcept;

/// Call it when building an object that may log when it ends: that log then works even if the
/// object is static.
void prepare_local_log() noexcept;

/// Flushes the log, in case the process ends now.
void flush_local_log() noexcept;

}  // namespace eventail::service
