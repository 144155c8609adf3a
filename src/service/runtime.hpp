// A service behind its face: connects the gate for publishers, the drive, the leader and the calls
// of user code, and owns runs and stops. bus::Worker decides; this class acts.
// (docs/architecture.md, "Threads")
//
// Locks, in this order: Drive's (worker and links), the handler pool's, the outlet's, the timers',
// the stop's. None is held while user code runs.
#pragma once

#include "base/atomic.hpp"
#include "service/drive.hpp"
#include "service/handler_table.hpp"
#include "service/home_process.hpp"
#include "service/leader.hpp"
#include "service/leadership.hpp"
#include "service/outlet.hpp"
#include "service/publish_gate.hpp"
#include "service/service_log.hpp"
#include "service/signals.hpp"
#include "service/stop_state.hpp"
#include "service/timer_queue.hpp"
#include "service/user_calls.hpp"
#include <eventail/service.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::service {

class Runtime final : private UserCalls::Owner {
public:
    Runtime(Service& face, ServiceOptions options);
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    // The parts of verbs

    /// Filled before run().
    HandlerTable& handlers() { return handlers_; }
    PublishGate& gate() { return gate_; }
    Outlet& outlet() { return outlet_; }
    const ServiceOptions& options() const { return options_; }

    // From any thread

    void log(Severity severity, std::string_view short_message, const LogOptions& options) noexcept;
    /// @return null: nothing fires any more
    std::shared_ptr<Timers::Ticket> call_later(Duration delay, std::function<void()> callback);
    void stop(RunResult result, std::string_view why);
    bool is_stopped() const { return stopping_.is_stopped(); }
    /// A thread is in run() or supervise().
    bool is_led() const { return leadership_.is_held(); }
    /// Logs abandoned messages at the end of the process, although threads may still be at work
    /// here. They begin no user code any more, and need this object until the process is gone.
    void abandon() noexcept;
    /// True in the child of a fork: nothing here works, and nothing may be destroyed.
    bool has_left_home() const { return home_.is_left(); }

    // In the thread that leads

    /// @throws LeadershipRefused a run is already under way
    RunResult run(bus::WhenLost when_lost);
    Leadership& leadership() { return leadership_; }
    /// While `signals` lives, signals stop the service, if it handles them.
    void watch_signals(std::optional<SignalWatch>& signals);
    /// The exception of run() has been logged.
    bool has_said_why() const { return has_said_why_; }

private:
    void could_not_publish(const std::string& text) override;
    void user_code_failed(std::string_view what, const std::exception_ptr& failure) override;
    void log_joined(Severity severity, std::string_view beginning, std::string_view end) noexcept;
    void lead();
    RunResult conclude();
    bus::RunEnd take_end(bool has_failed);
    void tell_what_is_abandoned();
    void say_abandoned(std::size_t count);
    void say_farewell(std::string_view signal);

    HomeProcess home_;
    Service& face_;
    const ServiceOptions options_;
    Leadership leadership_;
    HandlerTable handlers_;
    StopState stopping_;
    Outlet outlet_;
    ServiceLog log_;
    TimerQueue timers_;
    UserCalls calls_;
    Drive drive_;
    std::unique_ptr<Leader> leader_;
    PublishGate gate_;

    // Only the leading thread uses it.
    bool has_said_why_ = false;
    std::size_t told_abandoned_ = 0;
    Atomic<bool> has_said_farewell_ = false;
};

}  // namespace eventail::service
