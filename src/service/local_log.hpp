// The local log: spdlog's logger "eventail". A program that has registered one of that name decides
// where it goes and from which level; otherwise it is the standard error stream, from info on. So
// it is, whatever was registered, once the program's static objects are being destroyed.
#pragma once

#include <eventail/log.hpp>

#include <string_view>

namespace eventail::service {

/// What a line says besides its text.
struct LogContext {
    std::string_view conversation_id = {};
    LogFields fields = {};
};

/// Writes one line, which may stand in a JSON string: control and other invisible characters,
/// quotes and backslashes are escaped. Never throws. Nobody reading the standard error stream is no
/// reason to end (SIGPIPE).
void log_locally(Severity severity, std::string_view logical_service, std::string_view text,
                 const LogContext& context = {}) noexcept;

/// To be called when something is built that may log at its end: what it says is then logged even
/// if that is a static object.
void prepare_local_log() noexcept;

/// So that what was logged is read even if the process ends now.
void flush_local_log() noexcept;

}  // namespace eventail::service
