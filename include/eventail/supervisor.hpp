// Keeps a service running, through lost connections, until it stops for good.
#pragma once

#include <eventail/service.hpp>

#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace eventail {

/// Runs the service until it is stopped. Reconnects within the same run, even while user code runs:
/// at once the first time, then with pauses that grow to ServiceOptions::max_reconnect_delay, with
/// jitter. The pauses start over once the service was consuming, unless the broker or we have ended
/// the connection with the same error three times in a row, which is logged. A signal ends a pause
/// at once. Blocks.
/// @return 0, or 1 after an error that reconnecting cannot cure, or if a published message was
/// abandoned; one line on the local log says which.
[[nodiscard]] int supervise(Service& service);

namespace supervisor {

/// Logs locally, in one line, why there is no service to run. @return 1
[[nodiscard]] int not_built(std::string_view logical_service,
                            const std::exception_ptr& error) noexcept;

}  // namespace supervisor

/// Builds an S once, with the given arguments, and supervises it: the outbox lives as long as this
/// object. If the constructor of S throws a std::exception (a mistyped url, options that can never
/// work), run() logs it locally and returns 1, so main needs no try.
template <std::derived_from<Service> S>
class ReconnectingSupervisor {
public:
    explicit ReconnectingSupervisor(ServiceOptions options)
        : logical_service_(options.logical_service) {
        build(std::move(options));
    }

    template <typename... Args>
    requires std::constructible_from<S, Args...>
    explicit ReconnectingSupervisor(Args&&... args) { build(std::forward<Args>(args)...); }

    /// @return the exit status of the program: see supervise(); 1 if S could not be built
    [[nodiscard]] int run() {
        return service_ ? supervise(*service_) : supervisor::not_built(logical_service_, error_);
    }
    /// @throws the exception of the constructor of S
    S& service() {
        if (!service_) std::rethrow_exception(error_);
        return *service_;
    }

private:
    template <typename... Args>
    void build(Args&&... args) {
        try {
            service_.emplace(std::forward<Args>(args)...);
        } catch (const std::exception&) {
            error_ = std::current_exception();
        }
    }

    std::string logical_service_;  // empty if the arguments do not say
    std::optional<S> service_;
    std::exception_ptr error_;
};

}  // namespace eventail
