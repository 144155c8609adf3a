// Keeps a service running: reconnects it until it stops for good.
#pragma once

#include <eventail/service.hpp>

#include <concepts>
#include <utility>

namespace eventail {

/// Runs the service until it is stopped; after a lost connection runs it again, at once the first
/// time, then with pauses that grow to ServiceOptions::max_reconnect_delay, with jitter, and start
/// over once it was consuming. A signal ends a pause at once. Blocks.
/// @return 0, or 1 after an error that no reconnection mends, or when something published was
/// abandoned; that is said in one line on the local log.
[[nodiscard]] int supervise(Service& service);

/// Builds an S once, with the given arguments, and supervises it: the outbox lives as long as this.
template <std::derived_from<Service> S>
class ReconnectingSupervisor {
public:
    explicit ReconnectingSupervisor(ServiceOptions options) : service_(std::move(options)) {}

    template <typename... Args>
    requires std::constructible_from<S, Args...>
    explicit ReconnectingSupervisor(Args&&... args) : service_(std::forward<Args>(args)...) {}

    /// @return the exit status of the program: see supervise()
    [[nodiscard]] int run() { return supervise(service_); }
    S& service() { return service_; }

private:
    S service_;
};

}  // namespace eventail
