// Calls of user code, in the thread that asks for them, and what their ends mean: an outcome for
// the message behind it, or a failure that stops the service. Needs no lock, and must be called
// without.
#pragma once

#include "base/atomic.hpp"
#include "bus/job.hpp"
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
    /// Who has to hear of what went wrong, in the thread in which it did.
    class Owner {
    public:
        virtual void could_not_publish(const std::string& text) = 0;
        /// The service has to stop.
        virtual void user_code_failed(std::string_view what, const std::exception_ptr& failure) = 0;

    protected:
        ~Owner() = default;
    };

    UserCalls(Service& face, const ServiceOptions& options, const StopState& stopping, Owner& owner)
        : face_(face), options_(options), stopping_(stopping), owner_(owner) {}

    /// If the calling thread is ended in it (pthread_exit, pthread_cancel), neither returns.
    bus::Outcome call(const bus::Job& job);
    /// Unless it is cancelled by now.
    void call(const Timers::Entry& function);

    /// From any thread: no more user code begins, as what it works on is gone. Threads that would
    /// call it wait for the end of the process.
    void abandon() noexcept { is_abandoned_ = true; }

private:
    void wait_if_abandoned() const;
    bus::Outcome call_handler(const bus::Job& job);
    template <typename Function>
    void call_unless_stopping(std::string_view what, const Function& function);

    Service& face_;
    const ServiceOptions& options_;
    const StopState& stopping_;
    Owner& owner_;
    Atomic<bool> is_abandoned_ = false;
};

}  // namespace eventail::service
