// The shell around a worker: the thread that leads, its stand-in, locks, timers, signals, and the
// calls into user code. What is to be done is decided by bus::Worker. (docs/architecture.md,
// "Threads")
//
// Locks, in this order: drive_mutex_ (worker, driver), the handler pool's, the outlet's mutex
// (intake), timers_mutex_. None is held while user code runs.
#pragma once

#include "bus/dispatch.hpp"
#include "bus/worker.hpp"
#include "service/driver.hpp"
#include "service/hand_over.hpp"
#include "service/home_process.hpp"
#include "service/leadership.hpp"
#include "service/memory_return.hpp"
#include "service/outlet.hpp"
#include "service/signals.hpp"
#include "service/stand_in.hpp"
#include "service/timers.hpp"
#include "service/wakeup.hpp"
#include <eventail/service.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventail::service {

class HandlerPool;

class Runtime {
public:
    Runtime(Service& face, ServiceOptions options);
    ~Runtime();

    // Before run()
    void subscribe_event(std::string_view key, std::function<Ack(const Event&)> handler);
    void subscribe_command(std::string_view key, std::function<Ack(const Command&)> handler);
    void subscribe_result(std::string_view key, std::function<Ack(const Result&)> handler);
    void subscribe_config(std::string_view key, std::function<bool(const Configuration&)> handler);
    void use_exclusive_queues();

    // From any thread
    bus::MessageId publish(bus::Outgoing message, const Value& payload,
                           std::optional<std::string_view> conversation_id);
    void log(Severity severity, std::string_view short_message, const LogOptions& options) noexcept;
    /// Its `accepted_before` is filled in here.
    void settle(bus::ManualSettlement settlement);
    Timers::SharedState call_later(Duration delay, std::function<void()> callback);
    void use_json(bool is_json) { outlet_.use_json(is_json); }
    void stop(RunResult result, std::string_view why);
    bool is_stopped() const { return is_stopped_; }
    /// A thread is in run() or supervise().
    bool is_led() const { return leadership_.is_held(); }
    /// Says what is lost, at the end of the process and in spite of threads that are at work here:
    /// they begin no user code any more, and must find this object until there is no process.
    void abandon() noexcept;
    /// In the child of a fork: nothing here works, and nothing may be destroyed.
    bool has_left_home() const { return home_.is_left(); }

    // In the thread that leads
    /// Waits between runs, until stopped at the latest; timers and posted functions go on.
    void pause(Duration duration);
    /// @throws LeadershipRefused it is under way already
    RunResult run();
    Leadership& leadership() { return leadership_; }
    /// How the last run() ended.
    const bus::RunEnd& run_end() const { return run_end_; }
    /// While `signals` lives, they stop the service, if it is to handle them.
    void watch_signals(std::optional<SignalWatch>& signals);
    /// What run() threw has been logged.
    bool has_said_why() const { return has_said_why_; }

    // The default of Service::handle_…
    Ack dispatch(const Event& event);
    Ack dispatch(const Command& command);
    Ack dispatch(const Result& result);
    bool dispatch(const Configuration& configuration);

    const ServiceOptions& options() const { return options_; }

private:
    // Driving: with drive_mutex_ held
    void step(std::optional<TimePoint> until);
    void exchange_with_intake();
    void build_worker();

    // Leading (runtime_lead.cpp)
    struct Turn;
    struct Ended;
    class UserCodeScope {
    public:
        explicit UserCodeScope(Runtime& runtime);
        ~UserCodeScope();
        UserCodeScope(const UserCodeScope&) = delete;
        UserCodeScope& operator=(const UserCodeScope&) = delete;

    private:
        Runtime& runtime_;
    };
    void begin_run();
    void break_off();
    void lead();
    void lead_on(Ended& ended);
    Turn next_turn(const Ended& ended);
    void choose(Turn& turn, TimePoint now);
    void note_end(const Ended& ended, TimePoint now);
    TimePoint next_timer() const;
    std::optional<Timers::Entry> due_function(TimePoint now);
    void call_if_it_fires(const Timers::Entry& function);
    bus::Outcome call_user(const bus::Job& job);
    bus::Outcome call_handler(const bus::Job& job);
    void serve_while(std::uint64_t serial);
    std::optional<Timers::Entry> take_due(TimePoint now);
    std::vector<bus::Notice> take_notices() { return std::exchange(worker_->notices(), {}); }
    void tell(const std::vector<bus::Notice>& notices);
    void call_unless_stopping(std::string_view what, const std::function<void()>& function);
    void user_error(std::string_view what, const std::exception_ptr& failure);
    RunResult conclude();
    void tell_what_is_lost();
    void say_lost(std::size_t count);
    void say_farewell(std::string_view signal);
    std::size_t unconfirmed() const;

    // Leading with several handler threads (runtime_pool.cpp)
    std::unique_ptr<HandlerPool> make_pool();
    bool lead_pool_on();
    void collect_ended(TimePoint now);
    TimePoint give_out(TimePoint now);
    void make_call(Call& call);
    void put_back(Timers::Entry function);
    void note_next_timer();

    // Publishing
    void record(Severity severity, std::string_view short_message, const LogOptions& options,
                std::optional<TimePoint> at) noexcept;
    void check_accepting() const;
    void check_room_may_come() const;
    void wait_for_room(std::unique_lock<std::mutex>& lock, std::size_t length);
    void after_accepting(std::size_t unwritten_bytes);
    void wake();
    bool drive_if_free(std::optional<TimePoint> until);

    HomeProcess home_;
    Service& face_;
    ServiceOptions options_;
    std::vector<net::Url> urls_;
    bus::Subscription subscription_;
    bus::Dispatch<std::function<Ack(const Event&)>> events_{bus::Matching::whole_key};
    bus::Dispatch<std::function<Ack(const Command&)>> commands_{bus::Matching::or_last_word};
    bus::Dispatch<std::function<Ack(const Result&)>> results_{bus::Matching::or_last_word};
    bus::Dispatch<std::function<bool(const Configuration&)>> configs_{bus::Matching::whole_key};

    Outlet outlet_;
    std::condition_variable room_;     // with the outlet's mutex
    std::size_t unwritten_bytes_ = 0;  // accepted since the driver looked; with the outlet's mutex
    MemoryReturn memory_return_;
    std::atomic<bus::HoldUp> hold_up_ = bus::HoldUp::no_connection;
    Wakeup wakeup_;
    std::atomic<bool> is_sleeping_ = false;  // the driver waits, or is about to

    Leadership leadership_;
    std::mutex drive_mutex_;
    bool is_running_ = false;
    bool is_broken_ = false;  // a run failed in the middle of the library's own work
    std::atomic<bool> is_abandoned_ = false;
    std::unique_ptr<bus::Worker> worker_;
    std::unique_ptr<Driver> driver_;
    bus::Intake::Batch batch_;
    // For those who cannot wait for the driver: how it last found things.
    std::atomic<std::size_t> unsettled_then_ = 0;
    std::atomic<bus::Sequence> next_sequence_then_ = 1;

    std::mutex timers_mutex_;
    Timers timers_;
    std::atomic<TimePoint> next_timer_ = TimePoint::max();  // written with the mutex

    UserCode user_code_;
    std::unique_ptr<StandIn> stand_in_;
    std::atomic<bool> is_standing_in_ = false;
    TimePoint last_io_ = {};
    bool was_timers_turn_ = false;

    std::atomic<bool> is_stopped_ = false;
    std::atomic<bool> is_reconnect_ = false;
    std::atomic<bool> is_past_draining_ = false;
    std::atomic<bool> is_ending_ = false;  // the run: the broker confirms nothing more in it
    bool is_pausing_ = false;              // of the thread that leads
    std::mutex pause_mutex_;
    std::condition_variable pause_;
    bool has_new_timer_ = false;     // with pause_mutex_
    std::exception_ptr user_error_;  // with pause_mutex_
    bus::RunEnd run_end_;
    bool has_said_why_ = false;
    std::size_t told_abandoned_ = 0;
    std::atomic<bool> has_said_farewell_ = false;

    std::vector<Call> calls_;            // on their way to the pool or back; with drive_mutex_
    std::unique_ptr<HandlerPool> pool_;  // last: its threads use all of the above
};

}  // namespace eventail::service
