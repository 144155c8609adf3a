// SIGINT, SIGTERM and SIGHUP, handled once per process for any number of services in it.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace eventail::service {

/// SIGINT, SIGTERM, SIGHUP.
std::string_view name_of_signal(int signal) noexcept;

/// While at least one of these lives, the three signals are ours, but for those that the process
/// ignores when the first comes (nohup, a shell's &). With the last one, the program's own handlers
/// come back.
///
/// Each signal is told to all, from a thread of its own that may take locks. From one second after
/// the first on, SIGINT and SIGTERM end the process at once, as if nobody had handled them:
/// whatever hangs. Before that, all may say farewell, within a second.
class SignalWatch {
public:
    using Callback = std::function<void(int signal)>;

    /// @throws std::system_error
    explicit SignalWatch(
        Callback told, Callback farewell = [](int) {});
    /// Neither callback is running, and neither will be called again.
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

    struct Callbacks;

private:
    std::shared_ptr<Callbacks> callbacks_;
};

}  // namespace eventail::service
