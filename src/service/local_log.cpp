#include "service/local_log.hpp"

#include "base/mutex.hpp"
#include "base/printable.hpp"
#include "service/cancellation.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <pthread.h>
#include <signal.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

namespace eventail::service {
namespace {

constexpr const char* logger_name = "eventail";
constexpr std::size_t max_field_bytes = 1024;
constexpr std::size_t max_context_bytes = 8 * 1024;

// spdlog's registry is a static object. Ours has nothing to destroy, so it exists until the end.
// Hold the lock while asking spdlog.
struct Registry {
    Mutex mutex;
    bool is_gone EVENTAIL_GUARDED_BY(mutex) = false;
};
constinit Registry registry;

void lock_registry() EVENTAIL_THREAD_ANNOTATION(acquire_capability(registry.mutex)) {
    registry.mutex.lock();
}
void unlock_registry() EVENTAIL_THREAD_ANNOTATION(release_capability(registry.mutex)) {
    registry.mutex.unlock();
}

/// Destroyed just before spdlog's registry.
class RegistryWatch {
public:
    RegistryWatch() {
        // The child of a fork finds the lock free.
        ::pthread_atfork(lock_registry, unlock_registry, unlock_registry);
    }
    ~RegistryWatch() {
        const Lock lock(registry.mutex);
        registry.is_gone = true;
    }
    RegistryWatch(const RegistryWatch&) = delete;
    RegistryWatch& operator=(const RegistryWatch&) = delete;
};

void watch_registry() EVENTAIL_REQUIRES(registry.mutex) {
    if (registry.is_gone) return;
    spdlog::details::registry::instance();
    static const RegistryWatch watch;
}

/// Null if it is already destroyed.
std::shared_ptr<spdlog::logger> logger() {
    const Lock lock(registry.mutex);
    watch_registry();
    if (registry.is_gone) return nullptr;
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

/// While it lives, writing to a broken pipe is an error instead of a signal.
class BrokenPipesHeld {
public:
    BrokenPipesHeld() {
        ::sigemptyset(&broken_pipe_);
        ::sigaddset(&broken_pipe_, SIGPIPE);
        sigset_t pending;
        ::sigpending(&pending);
        was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
        ::pthread_sigmask(SIG_BLOCK, &broken_pipe_, &before_);
    }
    ~BrokenPipesHeld() {
        const timespec now{};
        if (!was_pending_) ::sigtimedwait(&broken_pipe_, nullptr, &now);
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    BrokenPipesHeld(const BrokenPipesHeld&) = delete;
    BrokenPipesHeld& operator=(const BrokenPipesHeld&) = delete;

private:
    sigset_t broken_pipe_{};
    sigset_t before_{};
    bool was_pending_ = false;
};

std::string text_of_field(PayloadView value) {
    return value.is_text() && value.get<std::string_view>().size() <= max_field_bytes
               ? std::string(value.get<std::string_view>())
               : value.dump(max_field_bytes);
}

/// ` [conversation_id: c-1, order: 17]`, or nothing.
std::string text_of_context(const LogContext& context) {
    std::string text;
    const auto add = [&text](std::string_view name, std::string_view value) {
        if (text.size() + name.size() + value.size() > max_context_bytes) value = "…";
        if (text.size() + name.size() > max_context_bytes) return;
        text += text.empty() ? " [" : ", ";
        text += name;
        text += ": ";
        text += value;
    };
    if (!context.conversation_id.empty()) add("conversation_id", context.conversation_id);
    const Payload& fields = context.fields.content();
    if (fields.is_map()) {
        for (const auto& [name, value] : fields.entries()) add(name, text_of_field(value));
    } else if (!fields.is_null()) {
        add("value", text_of_field(fields.view()));
    }
    return text.empty() ? text : text + "]";
}

/// In spdlog's format. Writes once, so that lines stay whole.
void write_last_words(spdlog::level::level_enum level, const std::string& line) {
    const auto now = std::chrono::system_clock::now();
    const time_t seconds = std::chrono::system_clock::to_time_t(now);
    tm local{};
    ::localtime_r(&seconds, &local);
    std::array<char, 32> time{};
    ::strftime(time.data(), time.size(), "%Y-%m-%d %H:%M:%S", &local);
    const auto name = spdlog::level::to_string_view(level);
    const std::string text = std::string("[") + time.data() + "] [" + logger_name + "] [" +
                             std::string(name.data(), name.size()) + "] " + line + "\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

/// The last resort: without memory for a log line, writes the bare text to standard error.
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

void log_locally(Severity severity, std::string_view logical_service, std::string_view text,
                 const LogContext& context) noexcept {
    const CancellationHeld held;
    try {
        const auto local = logger();
        const auto level = level_of(severity);
        if (local && !local->should_log(level)) return;
        const std::string line = std::string(logical_service) + ": " +
                                 std::string(name_of(severity)) + ": " +
                                 printable_in_quotes(std::string(text) + text_of_context(context));
        const BrokenPipesHeld broken_pipes;
        if (local) {
            local->log(level, "{}", line);
        } else {
            write_last_words(level, line);
        }
    } catch (...) {
        const BrokenPipesHeld broken_pipes;
        write_without_memory(severity, logical_service, text);
    }
}

void prepare_local_log() noexcept {
    try {
        const Lock lock(registry.mutex);
        watch_registry();
    } catch (...) {
        // Then the last words are lost.
    }
}

void flush_local_log() noexcept {
    try {
        const BrokenPipesHeld broken_pipes;
        if (const auto local = logger()) local->flush();
    } catch (...) {
        // It no longer matters.
    }
}

}  // namespace eventail::service
