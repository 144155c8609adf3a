// The worker and its links behind one lock: the thread that holds it drives. That is the leader,
// its stand-in, or a publisher that writes by itself; the leader decides which one, and when.
// (docs/architecture.md, "Threads")
#pragma once

#include "base/atomic.hpp"
#include "base/mutex.hpp"
#include "bus/topology.hpp"
#include "bus/worker.hpp"
#include "net/url.hpp"
#include "service/driver.hpp"
#include "service/memory_return.hpp"
#include "service/outlet.hpp"
#include "service/stop_state.hpp"
#include "service/wakeup.hpp"
#include <eventail/service_options.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace eventail::service {

class Drive {
public:
    /// @throws Error bad_url, tls_failed (a file named in a url)
    Drive(const ServiceOptions& options, Outlet& outlet, const StopState& stopping);

    // ---- Any thread

    Mutex& mutex() EVENTAIL_RETURNS_LOCK(mutex_) { return mutex_; }
    /// Wakes the driving thread if it sleeps.
    void wake() {
        // Reads first: usually nobody needs waking, and an exchange costs more.
        if (is_sleeping_ && is_sleeping_.exchange(false)) wakeup_.notify();
    }
    /// The driving thread stops waiting, or skips its next wait.
    void interrupt() { wakeup_.notify(); }
    /// One step, unless another thread drives or the service does not run. @return the notices to
    /// log; none: it has not driven, or not to the end
    std::optional<std::vector<bus::Notice>> step_if_free(std::optional<TimePoint> until) noexcept
        EVENTAIL_EXCLUDES(mutex_);
    /// Nothing more gets confirmed in this run.
    bool is_ending() const { return is_ending_; }
    /// Why nothing is being confirmed, if so.
    bus::HoldUp hold_up() const { return hold_up_; }
    /// For threads that cannot wait for the lock: the count after the last step, plus later
    /// messages.
    std::size_t unconfirmed() const;
    /// Stopped, and sends nothing more.
    bool is_past_draining() const { return is_past_draining_; }

    // ---- A run, for the thread in run()

    /// @throws Error invalid_state: an earlier run was broken off
    void begin_run(const bus::Subscription& subscription, bus::WhenLost when_lost)
        EVENTAIL_EXCLUDES(mutex_);
    void end_run() EVENTAIL_REQUIRES(mutex_) { is_running_ = false; }
    /// Memory, or another resource of the system, ran out in the middle of our own work, which
    /// leaves the worker in an unknown state. The broker redelivers unacknowledged messages.
    void break_off() EVENTAIL_EXCLUDES(mutex_);
    /// For the leader, before anything else: throws what ended another thread's step.
    void require_whole() const EVENTAIL_REQUIRES(mutex_) {
        if (failure_) std::rethrow_exception(failure_);
    }

    // ---- The driving thread

    /// False before the first run.
    bool has_worker() const EVENTAIL_REQUIRES(mutex_) { return worker_ != nullptr; }
    /// Else a run was broken off, and nothing may be asked of the worker.
    bool is_whole() const EVENTAIL_REQUIRES(mutex_) { return !is_broken_ && !failure_; }
    bus::Worker& worker() EVENTAIL_REQUIRES(mutex_) { return *worker_; }
    /// From now on wake() takes effect: later changes cannot go unnoticed.
    void announce_sleep() { is_sleeping_ = true; }
    /// Takes new messages, moves bytes, waits for bytes until `until`, and takes the messages that
    /// came meanwhile. Without `until`: does not wait.
    void step(std::optional<TimePoint> until) EVENTAIL_REQUIRES(mutex_);
    /// The same for another thread than the leader: what it would throw ends the run, in the
    /// leader. @return the notices to log; none: it was not driven to the end
    std::optional<std::vector<bus::Notice>> step_for_leader(std::optional<TimePoint> until) noexcept
        EVENTAIL_REQUIRES(mutex_);
    /// Takes new messages and manual acknowledgements, and gives back the memory of settled
    /// messages.
    void exchange_with_outlet() EVENTAIL_REQUIRES(mutex_);
    std::vector<bus::Notice> take_notices() EVENTAIL_REQUIRES(mutex_) {
        return std::exchange(worker_->notices(), {});
    }
    /// The end of the last step.
    TimePoint last_step() const EVENTAIL_REQUIRES(mutex_) { return last_step_; }

private:
    bus::WorkerOptions worker_options(const bus::Subscription& subscription) const;
    DriverOptions driver_options() const;
    void build(const bus::Subscription& subscription) EVENTAIL_REQUIRES(mutex_);

    const ServiceOptions& options_;
    Outlet& outlet_;
    const StopState& stopping_;
    std::vector<net::Url> urls_;
    Wakeup wakeup_;
    Atomic<bool> is_sleeping_ = false;  // the driver waits, or is about to
    Atomic<bool> is_ending_ = false;
    Atomic<bool> is_past_draining_ = false;
    Atomic<bus::HoldUp> hold_up_ = bus::HoldUp::no_connection;
    Atomic<std::size_t> unsettled_then_ = 0;
    Atomic<bus::Sequence> next_sequence_then_ = 1;

    Mutex mutex_;
    bool is_running_ EVENTAIL_GUARDED_BY(mutex_) = false;
    bool is_broken_ EVENTAIL_GUARDED_BY(mutex_) = false;
    std::exception_ptr failure_ EVENTAIL_GUARDED_BY(mutex_);  // of a step of another thread
    std::unique_ptr<bus::Worker> worker_ EVENTAIL_GUARDED_BY(mutex_);
    std::unique_ptr<Driver> driver_ EVENTAIL_GUARDED_BY(mutex_);
    bus::Intake::Batch batch_ EVENTAIL_GUARDED_BY(mutex_);
    MemoryReturn memory_return_ EVENTAIL_GUARDED_BY(mutex_);
    TimePoint last_step_ EVENTAIL_GUARDED_BY(mutex_) = {};
    bool was_consuming_ EVENTAIL_GUARDED_BY(mutex_) = false;
};

}  // namespace eventail::service
