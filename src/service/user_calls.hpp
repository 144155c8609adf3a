// Calls user code, in the thread that asks for it, and interprets its end: an outcome for the
// message behind it, or a failure that stops the service. Call it without locks.
#pragma once

#include "base/atomic.hpp"
#include "bus/job.hpp"
#include "service/home_process.hpp"
#include "service/stop_state.hpp"
#include "service/timers.hpp"
#include <eventail/log.hpp>
#include <eventail/service.hpp>

#include <exception>
#include <string>
#include <string_view>

namespace eventail::service {

class UserCalls {
public:
    /// Learns of failures, in the thread where they happen.
    class Owner {
    public:
        virtual void could_not_publish(const std::string& text) = 0;
        /// The service must stop.
        virtual void user_code_failed(std::string_view what, const std::exception_ptr& failure) = 0;

    protected:
        ~Owner() = default;
    };

    UserCalls(const HomeProcess& home, Service& face, const ServiceOptions& options,
              const StopState& stopping, Owner& owner)
        : home_(home), face_(face), options_(options), stopping_(stopping), owner_(owner) {}

    /// If the thread is ended during the call (pthread_exit, pthread_cancel), neither returns.
    bus::Outcome call(const bus::Job& job);
    /// Calls it unless it is cancelled by now.
    void call(const Timers::Entry& function);

    /// From any thread: no more user code begins, because its objects are gone. Threads that would
    /// call it wait for the end of the process.
    void abandon() noexcept { is_abandoned_ = true; }

private:
    void wait_if_abandoned() const;
    bus::Outcome call_handler(const bus::Job& job);
    /// The error is not the handler's doing, and its message comes again.
    bool is_excused(const Error& error) const;
    template <typename Function>
    void call_unless_stopping(std::string_view what, const Function& function);

    const HomeProcess& home_;
    Service& face_;
    const ServiceOptions& options_;
    const StopState& stopping_;
    Owner& owner_;
    Atomic<bool> is_abandoned_ = false;
};

}  // namespace eventail::service
