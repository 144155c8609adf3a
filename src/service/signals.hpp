// SIGINT, SIGTERM and SIGHUP, handled once per process for any number of services in it.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace eventail::service {

/// SIGINT, SIGTERM, SIGHUP.
std::string_view name_of_signal(int signal) noexcept;

/// While at least one of these lives, it handles the three signals, unless the process already
/// ignores them (nohup, a shell's &). When the last one is gone, the program's own handlers are
/// back.
///
/// All watches hear of each signal, in a separate thread that may take locks. One second after the
/// first signal and later, SIGINT and SIGTERM end the process at once, as if not handled, even if
/// everything hangs. Before that end, all watches may log a farewell, within a second.
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
