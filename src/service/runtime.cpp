#include "service/runtime.hpp"

#include "service/cancellation.hpp"
#include "service/checked_options.hpp"
#include "service/failure_text.hpp"
#include "service/local_log.hpp"
#include "service/pool_leader.hpp"
#include "service/solo_leader.hpp"
#include "service/user_context.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace eventail::service {
namespace {

std::unique_ptr<Leader> make_leader(const ServiceOptions& options, const Surroundings& with) {
    if (options.handler_threads == 1) {
        return std::make_unique<SoloLeader>(with, options.stand_in_interval);
    }
    return std::make_unique<PoolLeader>(with, options.handler_threads);
}

}  // namespace

Runtime::Runtime(Service& face, ServiceOptions options)
    : face_(face),
      options_(checked(std::move(options))),
      handlers_(options_),
      outlet_(options_.logical_service, options_.payload_limits,
              {.max_bytes = options_.max_outbox_bytes}),
      log_(home_, face, outlet_),
      calls_(home_, face, options_, stopping_, *this),
      drive_(options_, outlet_, stopping_),
      leader_(make_leader(options_, {.drive = drive_,
                                     .outlet = outlet_,
                                     .timers = timers_,
                                     .calls = calls_,
                                     .stopping = stopping_,
                                     .log = log_})),
      gate_(home_, face, options_, outlet_, stopping_, drive_, *leader_) {}

Runtime::~Runtime() {
    // Its threads use all other members.
    leader_->dismiss();
    try {
        tell_what_is_abandoned();
    } catch (...) {
        // No memory to report it.
    }
}

// A program that published but never ran the service to a stop would not notice.
void Runtime::tell_what_is_abandoned() {
    const Lock lock(drive_.mutex());
    std::size_t unconfirmed = 0;
    if (!drive_.is_whole()) {
        unconfirmed = drive_.unconfirmed();
    } else if (drive_.has_worker()) {
        drive_.exchange_with_outlet();
        bus::Worker& worker = drive_.worker();
        worker.drop_logs();
        outlet_.tell_dropped_logs(worker.dropped_logs());
        unconfirmed = worker.unsettled();
    } else {
        bus::Intake::Batch batch;
        outlet_.take(batch);
        unconfirmed = batch.messages.size();
    }
    if (unconfirmed > told_abandoned_) say_abandoned(unconfirmed - told_abandoned_);
}

void Runtime::say_abandoned(std::size_t count) {
    log_locally(Severity::critical, options_.logical_service,
                "destroyed with " + std::to_string(count) +
                    " published message(s) that the broker has not confirmed: they are abandoned");
}

void Runtime::abandon() noexcept {
    calls_.abandon();
    try {
        if (const std::size_t count = drive_.unconfirmed(); count > 0) say_abandoned(count);
    } catch (...) {
        // No memory to report it.
    }
}

// For a signal that waits for nothing: the leader may hang, in user code or with the lock.
void Runtime::say_farewell(std::string_view signal) {
    if (has_said_farewell_.exchange(true)) return;
    const std::size_t abandoned = drive_.unconfirmed();
    log_locally(Severity::critical, options_.logical_service,
                std::string(signal) + " again: ending at once, with " + std::to_string(abandoned) +
                    " published message(s) that the broker has not confirmed" +
                    (abandoned > 0 ? ": they are abandoned" : ""));
    flush_local_log();
}

// ---- From any thread

void Runtime::log(Severity severity, std::string_view short_message,
                  const LogOptions& options) noexcept {
    const CancellationHeld held;
    log_.record(severity, short_message, options);
    if (home_.is_left()) return;
    try {
        leader_->after_accepting(UserContext::of(face_) != nullptr, 0);
    } catch (...) {
        // The message is accepted; the leader writes it, or meets the same error.
    }
}

std::shared_ptr<Timers::Ticket> Runtime::call_later(Duration delay,
                                                    std::function<void()> callback) {
    if (!callback) throw Error(Errc::invalid_argument, "an empty function cannot be called later");
    if (home_.is_left()) home_.require("service " + options_.logical_service);
    // Nothing will fire any more, so keep nothing.
    if (stopping_.is_for_good()) return nullptr;
    const auto wait =
        std::clamp<Duration>(delay, Duration::zero(), std::chrono::hours{24 * 365 * 100});
    std::shared_ptr<Timers::Ticket> ticket = timers_.add(Clock::now() + wait, std::move(callback));
    drive_.wake();
    return ticket;
}

void Runtime::stop(RunResult result, std::string_view why) {
    if (home_.is_left()) {
        log(Severity::warning, "not stopped: it belongs to the process that forked", {});
        return;
    }
    const bool is_to_reconnect = result == RunResult::reconnect;
    if (!stopping_.request(is_to_reconnect)) return;
    log_joined(Severity::notice, why,
               is_to_reconnect ? ": draining, then connecting again" : ": stopping");
    drive_.interrupt();
}

void Runtime::log_joined(Severity severity, std::string_view beginning,
                         std::string_view end) noexcept {
    try {
        log(severity, std::string(beginning).append(end), {});
    } catch (...) {
        log(severity, beginning, {});  // without memory
    }
}

// ---- From user code

void Runtime::could_not_publish(const std::string& text) { log(Severity::error, text, {}); }

void Runtime::user_code_failed(std::string_view what, const std::exception_ptr& failure) {
    log_joined(Severity::emergency, what, failure_text(" threw, and the service stops: ", failure));
    stopping_.fail(failure);
    stop(RunResult::stopped, what);
}

// ---- Runs

RunResult Runtime::run(bus::WhenLost when_lost) {
    home_.require("service " + options_.logical_service);
    const Leadership::Term leads(leadership_);
    if (UserContext::of(face_) != nullptr) {
        throw LeadershipRefused("run() is called from code that it runs");
    }
    const CancellationKept kept;
    std::optional<SignalWatch> signals;
    watch_signals(signals);
    try {
        leader_->prepare();
        drive_.begin_run(handlers_.subscription(), when_lost);
        has_said_why_ = false;
        lead();
    } catch (const abi::__forced_unwind&) {
        throw;  // the run has already ended cleanly
    } catch (...) {
        drive_.break_off();
        throw;
    }
    return conclude();
}

void Runtime::watch_signals(std::optional<SignalWatch>& signals) {
    if (!options_.handle_signals) return;
    signals.emplace([this](int signal) { stop(RunResult::stopped, name_of_signal(signal)); },
                    [this](int signal) { say_farewell(name_of_signal(signal)); });
}

void Runtime::lead() {
    try {
        leader_->lead();
    } catch (const abi::__forced_unwind&) {
        // The thread is being ended. It may go once the run has ended.
        stop(RunResult::stopped, "the end of its thread (pthread_exit or pthread_cancel)");
        try {
            leader_->lead();
            static_cast<void>(conclude());
        } catch (...) {
            // Already logged, and nobody is left to catch it.
            drive_.break_off();
        }
        throw;
    }
}

RunResult Runtime::conclude() {
    const std::exception_ptr failure = stopping_.take_failure();
    const bus::RunEnd end = take_end(failure != nullptr);
    if (failure) std::rethrow_exception(failure);
    switch (end.kind) {
        case bus::RunEnd::Kind::fatal: throw Error(end.error, end.text);
        case bus::RunEnd::Kind::connection_lost: return RunResult::connection_lost;
        case bus::RunEnd::Kind::reconnect:
            stopping_.end_of_reconnection();
            return RunResult::reconnect;
        case bus::RunEnd::Kind::stopped: break;
    }
    if (end.abandoned > 0) {
        throw Error(Errc::abandoned,
                    std::to_string(end.abandoned) +
                        " published message(s) could not be confirmed before drain_timeout and "
                        "are abandoned");
    }
    return RunResult::stopped;
}

bus::RunEnd Runtime::take_end(bool has_failed) {
    const Lock lock(drive_.mutex());
    drive_.end_run();
    drive_.exchange_with_outlet();
    bus::Worker& worker = drive_.worker();
    bus::RunEnd end = worker.run_end();
    has_said_why_ = true;
    told_abandoned_ = end.abandoned;
    const bool is_stopped = end.kind == bus::RunEnd::Kind::stopped;
    if (is_stopped && !has_failed) {
        // Also counts messages accepted from other threads at the last moment.
        told_abandoned_ = worker.unsettled();
        has_said_why_ = std::exchange(end.abandoned, told_abandoned_) == told_abandoned_;
    }
    if (is_stopped || end.kind == bus::RunEnd::Kind::fatal) worker.drop_logs();
    outlet_.tell_dropped_logs(worker.dropped_logs());
    return end;
}

}  // namespace eventail::service
