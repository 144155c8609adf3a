// Leading: the thread in run() drives, runs user code one call at a time, and hands over to its
// stand-in when a call takes long. With several handler threads: runtime_pool.cpp.
#include "service/cancellation.hpp"
#include "service/failure_text.hpp"
#include "service/handler_pool.hpp"
#include "service/runtime.hpp"
#include "service/signals.hpp"
#include "service/user_context.hpp"

#include <cxxabi.h>
#include <unistd.h>

#include <iterator>
#include <limits>
#include <utility>
#include <variant>

namespace eventail::service {
namespace {

// What gathers while many short handlers run is written at the latest after this.
constexpr Duration longest_without_io = std::chrono::milliseconds{1};
constexpr Duration longest_sleep = std::chrono::hours{1};

/// The default dispatch has no handler for a message.
class Unhandled : public std::runtime_error {
public:
    explicit Unhandled(const std::string& key)
        : std::runtime_error("no handler for the routing key " + key) {}
};

template <typename Handlers, typename Incoming>
auto dispatch_to(const Handlers& handlers, const Incoming& message) {
    const auto* handler = handlers.find(message.name);
    if (handler == nullptr) throw Unhandled(message.name);
    return (*handler)(message);
}

bool is_about_publishing(const Error& error) {
    return error.code() == Errc::back_pressure || error.code() == Errc::stopped;
}

}  // namespace

/// What the leader does next, outside all locks.
struct Runtime::Turn {
    bool is_over = false;
    std::vector<bus::Notice> notices = {};
    std::optional<Timers::Entry> function = {};
    const bus::Job* job = nullptr;
};

/// What came of it.
struct Runtime::Ended {
    const bus::Job* job = nullptr;
    bool was_function = false;
    bus::Outcome outcome = {};
};

Ack Runtime::dispatch(const Event& event) { return dispatch_to(events_, event); }
Ack Runtime::dispatch(const Command& command) { return dispatch_to(commands_, command); }
Ack Runtime::dispatch(const Result& result) { return dispatch_to(results_, result); }
bool Runtime::dispatch(const Configuration& configuration) {
    return dispatch_to(configs_, configuration);
}

RunResult Runtime::run() {
    home_.require("service " + options_.logical_service);
    const Leadership::Term leads(leadership_);
    if (UserContext::of(this) != nullptr) {
        throw LeadershipRefused("run() is called by what it runs, or a pause between runs does");
    }
    if (is_broken_) {
        throw Error(Errc::invalid_state,
                    "an earlier run() failed in the middle of its work: make a new service");
    }
    const CancellationKept kept;
    std::optional<SignalWatch> signals;
    watch_signals(signals);
    try {
        begin_run();
        lead();
    } catch (const abi::__forced_unwind&) {
        throw;  // the run has ended in order
    } catch (...) {
        break_off();
        throw;
    }
    return conclude();
}

void Runtime::watch_signals(std::optional<SignalWatch>& signals) {
    if (!options_.handle_signals) return;
    signals.emplace([this](int signal) { stop(RunResult::stopped, name_of_signal(signal)); },
                    [this](int signal) { say_farewell(name_of_signal(signal)); });
}

void Runtime::begin_run() {
    const std::lock_guard drive(drive_mutex_);
    if (!worker_) build_worker();
    if (options_.handler_threads == 1) {
        stand_in_ =
            std::make_unique<StandIn>(user_code_, options_.stand_in_interval,
                                      [this](std::uint64_t serial) { serve_while(serial); });
    } else if (!pool_) {
        pool_ = make_pool();
    }
    is_running_ = true;
    is_past_draining_ = false;
    is_ending_ = false;
    is_pausing_ = false;
    has_said_why_ = false;
    exchange_with_intake();
    const TimePoint now = Clock::now();
    if (is_stopped_) worker_->stop(now, is_reconnect_);
    worker_->begin_run(now);
}

// No memory, or none of the system's other resources, in the middle of our own work: what the
// worker was at is unknown. The broker gives again what it has not heard of.
void Runtime::break_off() {
    stand_in_.reset();
    const std::lock_guard drive(drive_mutex_);
    if (!std::exchange(is_running_, false)) return;
    is_broken_ = true;
    driver_->abort();
}

RunResult Runtime::conclude() {
    stand_in_.reset();
    bus::RunEnd end;
    {
        const std::lock_guard drive(drive_mutex_);
        is_running_ = false;
        exchange_with_intake();
        end = worker_->run_end();
        has_said_why_ = true;
        told_abandoned_ = end.abandoned;
        const bool is_stopped = end.kind == bus::RunEnd::Kind::stopped;
        if (is_stopped && !user_error_) {
            // What another thread got accepted in the last moment counts as well.
            told_abandoned_ = worker_->unsettled();
            has_said_why_ = std::exchange(end.abandoned, told_abandoned_) == told_abandoned_;
        }
        if (is_stopped || end.kind == bus::RunEnd::Kind::fatal) worker_->drop_logs();
        outlet_.tell_dropped_logs(worker_->dropped_logs());
    }
    run_end_ = end;
    if (user_error_) std::rethrow_exception(std::exchange(user_error_, nullptr));
    switch (end.kind) {
        case bus::RunEnd::Kind::fatal: throw Error(end.error, end.text);
        case bus::RunEnd::Kind::connection_lost: return RunResult::connection_lost;
        case bus::RunEnd::Kind::reconnect: {
            // Unless stopped for good meanwhile: then the next run only drains.
            const std::lock_guard lock(pause_mutex_);
            if (is_reconnect_) is_stopped_ = false;
            return RunResult::reconnect;
        }
        case bus::RunEnd::Kind::stopped: break;
    }
    if (end.abandoned > 0) {
        throw Error(Errc::abandoned,
                    std::to_string(end.abandoned) +
                        " published message(s) could not be confirmed before drain_timeout and "
                        "may be lost");
    }
    return RunResult::stopped;
}

void Runtime::lead() {
    Ended ended;
    try {
        lead_on(ended);
    } catch (const abi::__forced_unwind&) {
        // The thread is being ended: in user code, or by a pthread_cancel() that found it waiting.
        // It may end once the run has.
        ended.outcome.end = bus::Outcome::End::failed;
        if (ended.job != nullptr) ended.outcome.error = "the handler ended its thread";
        stop(RunResult::stopped, "the end of its thread (pthread_exit or pthread_cancel)");
        try {
            lead_on(ended);
            static_cast<void>(conclude());
        } catch (...) {
            // Said already, and nobody is left to catch it.
            break_off();
        }
        throw;
    }
}

void Runtime::lead_on(Ended& ended) {
    if (pool_) {
        while (lead_pool_on()) {
        }
        return;
    }
    for (;;) {
        const Turn turn = next_turn(std::exchange(ended, {}));
        tell(turn.notices);
        if (turn.is_over) return;
        ended = {.job = turn.job, .was_function = turn.function.has_value()};
        if (turn.function) call_if_it_fires(*turn.function);
        if (turn.job != nullptr) ended.outcome = call_user(*turn.job);
    }
}

// One critical section and one look at the clock for each call of user code.
Runtime::Turn Runtime::next_turn(const Ended& ended) {
    Turn turn;
    const std::lock_guard drive(drive_mutex_);
    const TimePoint now = Clock::now();
    note_end(ended, now);
    // A handler that outlived the drain deadline may have been the last thing waited for.
    const bool has_work = next_timer() <= now || worker_->has_job() || worker_->is_finished();
    if (!has_work) {
        // Announced before the timers are looked at: whoever adds one later wakes us.
        is_sleeping_ = true;
        step(std::min(next_timer(), now + longest_sleep));
        is_sleeping_ = false;
    } else if (worker_->is_finished() || now - last_io_ >= longest_without_io) {
        step(std::nullopt);
    }
    turn.is_over = worker_->is_finished();
    if (!turn.is_over) choose(turn, now);
    // Last: choosing may have something to tell as well.
    turn.notices = take_notices();
    return turn;
}

void Runtime::choose(Turn& turn, TimePoint now) {
    // By turns, so that neither timers nor messages starve.
    const bool is_timers_turn = !was_timers_turn_ || !worker_->has_job();
    if (is_timers_turn) turn.function = due_function(now);
    was_timers_turn_ = turn.function.has_value();
    if (turn.function) {
        worker_->function_began();
        return;
    }
    turn.job = worker_->next_job(outlet_.next_sequence(), now);
}

void Runtime::note_end(const Ended& ended, TimePoint now) {
    // What it published and settled comes before its end: the end may be all a drain waits for, and
    // what was acknowledged by hand is decided.
    if (outlet_.has_news()) exchange_with_intake();
    if (ended.was_function) worker_->function_ended(now);
    if (ended.job == nullptr) return;
    worker_->job_ended(*ended.job, ended.outcome, outlet_.next_sequence(), now);
}

void Runtime::pause(Duration duration) {
    const TimePoint end = Clock::now() + duration;
    is_pausing_ = true;
    // The clock is looked at after each call: some functions are always due again.
    for (TimePoint now = Clock::now(); now < end && !is_stopped_; now = Clock::now()) {
        if (const auto function = due_function(now)) {
            call_if_it_fires(*function);
            continue;
        }
        const TimePoint until = std::min(end, next_timer());
        std::unique_lock lock(pause_mutex_);
        const CancellationAllowed may_be_cancelled;
        pause_.wait_until(lock, until, [this] { return is_stopped_ || has_new_timer_; });
        has_new_timer_ = false;
    }
    is_pausing_ = false;
}

std::optional<Timers::Entry> Runtime::due_function(TimePoint now) {
    return next_timer() <= now ? take_due(now) : std::nullopt;
}

void Runtime::call_if_it_fires(const Timers::Entry& function) {
    if (!function.fires()) return;
    const std::string_view what = "a timer or posted function";
    call_unless_stopping(what, [&] {
        try {
            function.callback();
        } catch (const Error& error) {
            if (error.code() != Errc::back_pressure) throw;
            // The broker's doing, as it is where a handler meets it; the service goes on.
            log(Severity::error,
                std::string(what) + " ended early, as it could not publish: " + error.what(), {});
        }
    });
}

TimePoint Runtime::next_timer() const {
    // Once stopped, nothing starts that is not a message's business.
    return is_stopped_ ? TimePoint::max() : next_timer_.load();
}

void Runtime::note_next_timer() { next_timer_ = timers_.next_due().value_or(TimePoint::max()); }

bus::Outcome Runtime::call_user(const bus::Job& job) {
    if (std::holds_alternative<bus::Ready>(job.work)) {
        call_unless_stopping("on_ready", [this] { face_.on_ready(); });
        return {};
    }
    if (std::holds_alternative<bus::Unconfigured>(job.work)) {
        call_unless_stopping("on_unconfigured", [this] { face_.on_unconfigured(); });
        return {};
    }
    if (const auto* returned = std::get_if<bus::ReturnedJob>(&job.work)) {
        call_unless_stopping("handle_returned_message",
                             [&] { face_.handle_returned_message(returned->message); });
        return {};
    }
    return call_handler(job);
}

bus::Outcome Runtime::call_handler(const bus::Job& job) {
    UserContext context{.runtime = this, .has_conversation = true};
    const Message& message = *bus::message_of(job);
    context.conversation_id = message.conversation_id;
    bus::IdDerivation ids({.message_id = message.metadata.message_id, .queue = job.queue});
    if (options_.derived_message_ids) context.ids = &ids;
    bus::Outcome outcome;
    std::exception_ptr failure;
    const UserCodeScope running(*this);
    const UserContextScope scope(context);
    const CancellationAllowed may_be_cancelled;
    try {
        Ack ack = Ack::automatic;
        if (const auto* event = std::get_if<Event>(&job.work)) {
            ack = face_.handle_event(*event);
        } else if (const auto* command = std::get_if<Command>(&job.work)) {
            ack = face_.handle_command(*command);
        } else if (const auto* result = std::get_if<Result>(&job.work)) {
            ack = face_.handle_result(*result);
        } else if (const auto* configuration = std::get_if<Configuration>(&job.work)) {
            outcome.is_configured = face_.handle_config(*configuration);
        }
        if (ack == Ack::manual) outcome.end = bus::Outcome::End::held;
        return outcome;
    } catch (const abi::__forced_unwind&) {
        throw;  // settled by the thread that made the call
    } catch (const detail::Misfit&) {
        outcome.end = bus::Outcome::End::unfit;
        failure = std::current_exception();
    } catch (const Unhandled&) {
        outcome.end = bus::Outcome::End::unhandled;
        failure = std::current_exception();
    } catch (const Error& error) {
        outcome.end =
            is_about_publishing(error) ? bus::Outcome::End::give_back : bus::Outcome::End::failed;
        failure = std::current_exception();
    } catch (...) {
        outcome.end = bus::Outcome::End::failed;
        failure = std::current_exception();
    }
    if (context.had_publish_failure) outcome.end = bus::Outcome::End::give_back;
    const bool has_thrown =
        outcome.end != bus::Outcome::End::unhandled && outcome.end != bus::Outcome::End::unfit;
    outcome.error = failure_text(has_thrown ? "the handler threw: " : "", failure);
    return outcome;
}

// What user code cannot do any more because the service stops is no failure of it.
void Runtime::call_unless_stopping(std::string_view what, const std::function<void()>& function) {
    try {
        UserContext context{.runtime = this, .is_in_pause = is_pausing_};
        const UserCodeScope running(*this);
        const UserContextScope scope(context);
        const CancellationAllowed may_be_cancelled;
        function();
    } catch (const abi::__forced_unwind&) {
        user_error(what, std::make_exception_ptr(Error(Errc::invalid_state,
                                                       "its thread was ended (pthread_exit or "
                                                       "pthread_cancel)")));
        throw;
    } catch (const Error& error) {
        const bool is_the_stops_doing = error.code() == Errc::stopped && is_stopped_;
        if (!is_the_stops_doing) user_error(what, std::current_exception());
    } catch (...) {
        user_error(what, std::current_exception());
    }
}

void Runtime::user_error(std::string_view what, const std::exception_ptr& failure) {
    const std::string text = failure_text(" threw, and the service stops: ", failure);
    log(Severity::emergency, std::string(what) + text, {});
    {
        const std::lock_guard lock(pause_mutex_);
        if (!user_error_) user_error_ = failure;
    }
    stop(RunResult::stopped, what);
}

void Runtime::serve_while(std::uint64_t serial) {
    std::unique_lock drive(drive_mutex_);
    is_standing_in_ = true;
    while (user_code_.serial() == serial) {
        step(Clock::now() + longest_sleep);
        if (worker_->notices().empty()) continue;
        // The leader could tell them only when its call has ended.
        const std::vector<bus::Notice> notices = take_notices();
        is_standing_in_ = false;
        drive.unlock();
        tell(notices);
        drive.lock();
        is_standing_in_ = true;
    }
    is_standing_in_ = false;
}

void Runtime::tell(const std::vector<bus::Notice>& notices) {
    for (const bus::Notice& notice : notices) {
        record(notice.severity, notice.text, {.conversation_id = notice.conversation_id},
               notice.at);
    }
}

Runtime::UserCodeScope::UserCodeScope(Runtime& runtime) : runtime_(runtime) {
    // What user code works on is gone.
    while (runtime_.is_abandoned_) ::pause();
    if (runtime_.pool_) return;
    runtime_.user_code_.begin();
    // In a pause between runs there is nothing to serve.
    if (runtime_.stand_in_) runtime_.stand_in_->stay_awake();
}

Runtime::UserCodeScope::~UserCodeScope() {
    if (runtime_.pool_) return;
    runtime_.user_code_.end();
    // The stand-in waits in poll(), and holds the lock that the leader needs next.
    if (runtime_.is_standing_in_) runtime_.wakeup_.notify();
}

}  // namespace eventail::service
