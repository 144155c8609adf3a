#include "service/local_log.hpp"

#include "service/cancellation.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <mutex>
#include <string>

namespace eventail::service {
namespace {

constexpr const char* logger_name = "eventail";

std::shared_ptr<spdlog::logger> logger() {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    if (auto registered = spdlog::get(logger_name)) return registered;
    return spdlog::stderr_logger_mt(logger_name);
}

spdlog::level::level_enum level_of(Severity severity) {
    switch (severity) {
        case Severity::emergency:
        case Severity::alert:
        case Severity::critical: return spdlog::level::critical;
        case Severity::error: return spdlog::level::err;
        case Severity::warning: return spdlog::level::warn;
        case Severity::notice:
        case Severity::info: return spdlog::level::info;
        case Severity::debug: return spdlog::level::debug;
    }
    return spdlog::level::info;
}

// What peers and payloads say may hold terminal escapes and line breaks.
std::string printable(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        if (byte >= 0x20 && byte != 0x7F) {
            out += each;
        } else {
            out += {'\\', 'x', digits[byte >> 4], digits[byte & 0xF]};
        }
    }
    return out;
}

/// The last resort: what the log has no memory for goes to the standard error stream as it is.
void write_without_memory(Severity severity, std::string_view logical_service,
                          std::string_view text) {
    const std::string_view level = name_of(severity);
    const auto part = [](std::string_view words) {
        return iovec{const_cast<char*>(words.data()), words.size()};
    };
    const std::array parts = {
        part("eventail: "), part(logical_service), part(": "), part(level), part(": "), part(text),
        part("\n")};
    [[maybe_unused]] const ssize_t written =
        ::writev(STDERR_FILENO, parts.data(), static_cast<int>(parts.size()));
}

}  // namespace

void log_locally(Severity severity, std::string_view logical_service,
                 std::string_view text) noexcept {
    const CancellationHeld held;
    try {
        const auto local = logger();
        const auto level = level_of(severity);
        if (!local->should_log(level)) return;
        local->log(level, "{}: {}: {}", logical_service, name_of(severity), printable(text));
    } catch (...) {
        write_without_memory(severity, logical_service, text);
    }
}

}  // namespace eventail::service
