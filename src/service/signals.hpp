// SIGINT, SIGTERM and SIGHUP, handled once per process for any number of services in it.
#pragma once

#include <functional>
#include <memory>

namespace eventail::service {

/// While at least one of these lives, the three signals are ours: each calls the callbacks of all,
/// from a thread of its own that may take locks. With the last one, the program's own handlers come
/// back.
class SignalWatch {
public:
    /// @throws std::system_error
    explicit SignalWatch(std::function<void(int signal)> callback);
    /// The callback is not running, and will not be called again.
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

private:
    std::shared_ptr<std::function<void(int)>> callback_;
};

}  // namespace eventail::service
