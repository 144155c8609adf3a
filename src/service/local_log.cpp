#include "service/local_log.hpp"

#include "service/cancellation.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

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
        // There is nowhere left to say it.
    }
}

}  // namespace eventail::service
