// Set-up, publishing from any thread, and driving. Leading is in runtime_lead.cpp.
#include "service/runtime.hpp"

#include "service/cancellation.hpp"
#include "service/checked_options.hpp"
#include "service/handler_pool.hpp"
#include "service/local_log.hpp"
#include "service/user_context.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <utility>

namespace eventail::service {
namespace {

// What a handler may gather before it is written in between.
constexpr std::size_t gathered_at_most_bytes = 256 * 1024;
constexpr Duration longest_wait_for_room = std::chrono::milliseconds{50};

[[noreturn]] void throw_back_pressure(UserContext* context, const std::string& why) {
    if (context != nullptr) context->had_publish_failure = true;
    throw Error(Errc::back_pressure,
                "max_outbox_bytes are published and not confirmed, and " + why);
}

}  // namespace

Runtime::Runtime(Service& face, ServiceOptions options)
    : face_(face),
      options_(checked(std::move(options))),
      outlet_(options_.logical_service, options_.payload_limits,
              {.max_bytes = options_.max_outbox_bytes}) {
    urls_ = checked_urls(options_.amqp_urls);
    subscription_ = {.logical_service = options_.logical_service,
                     .event_keys = options_.event_routing_keys,
                     .command_keys = options_.command_routing_keys,
                     .config_keys = options_.config_routing_keys};
}

Runtime::~Runtime() {
    try {
        tell_what_is_lost();
    } catch (...) {
        // No memory to say it.
    }
}

// Whoever got something accepted and never ran the service to a stop would not notice.
void Runtime::tell_what_is_lost() {
    outlet_.take(batch_);
    std::size_t lost = batch_.messages.size();
    if (worker_) {
        worker_->absorb(batch_);
        worker_->drop_logs();
        outlet_.tell_dropped_logs(worker_->dropped_logs());
        lost = worker_->unsettled();
    }
    if (lost > told_abandoned_) say_lost(lost - told_abandoned_);
}

void Runtime::say_lost(std::size_t count) {
    log_locally(Severity::critical, options_.logical_service,
                "destroyed with " + std::to_string(count) +
                    " published message(s) that the broker has not confirmed: they are lost");
}

void Runtime::abandon() noexcept {
    is_abandoned_ = true;
    try {
        if (const std::size_t lost = unconfirmed(); lost > 0) say_lost(lost);
    } catch (...) {
        // No memory to say it.
    }
}

// Of a signal that waits for nothing: the leader may hang, in user code or with the lock.
void Runtime::say_farewell(std::string_view signal) {
    if (has_said_farewell_.exchange(true)) return;
    const std::size_t lost = unconfirmed();
    log_locally(Severity::critical, options_.logical_service,
                std::string(signal) + " again: ending at once, with " + std::to_string(lost) +
                    " published message(s) that the broker has not confirmed" +
                    (lost > 0 ? ": they are lost" : ""));
    flush_local_log();
}

std::size_t Runtime::unconfirmed() const {
    const bus::Sequence then = next_sequence_then_;
    const bus::Sequence now = outlet_.next_sequence();
    return unsettled_then_ + static_cast<std::size_t>(now > then ? now - then : 0);
}

void Runtime::subscribe_event(std::string_view key, std::function<Ack(const Event&)> handler) {
    events_.add(key, std::move(handler));
    if (options_.event_routing_keys.empty()) subscription_.event_keys.emplace_back(key);
}

void Runtime::subscribe_command(std::string_view key, std::function<Ack(const Command&)> handler) {
    commands_.add(key, std::move(handler));
    if (options_.command_routing_keys.empty()) subscription_.command_keys.emplace_back(key);
}

void Runtime::subscribe_result(std::string_view key, std::function<Ack(const Result&)> handler) {
    results_.add(key, std::move(handler));
    if (options_.command_routing_keys.empty()) subscription_.command_keys.emplace_back(key);
}

void Runtime::subscribe_config(std::string_view key,
                               std::function<bool(const Configuration&)> handler) {
    configs_.add(key, std::move(handler));
    if (options_.config_routing_keys.empty()) subscription_.config_keys.emplace_back(key);
}

void Runtime::use_exclusive_queues() { subscription_.exclusive = true; }

void Runtime::build_worker() {
    std::vector<std::string> names;
    for (const net::Url& url : urls_) names.push_back(net::redacted(url));
    // With less than a message for each, threads would be idle for nothing.
    const auto prefetch_count =
        std::max(options_.prefetch_count, static_cast<std::uint16_t>(options_.handler_threads));
    worker_ = std::make_unique<bus::Worker>(
        bus::WorkerOptions{.consumer = {.topology = bus::plan_topology(subscription_),
                                        .prefetch_count = prefetch_count,
                                        .payload_limits = options_.payload_limits},
                           .publisher = {.blocked_timeout = options_.blocked_timeout,
                                         .message_id_prefix = outlet_.message_ids().prefix(),
                                         .payload_limits = options_.payload_limits},
                           .outbox = {.retry_delay = options_.retry_delay},
                           .url_names = std::move(names),
                           .drain_timeout = options_.drain_timeout,
                           .max_reconnect_delay = options_.max_reconnect_delay,
                           .seed = std::random_device{}()});
    driver_ = std::make_unique<Driver>(
        DriverOptions{.urls = urls_,
                      .link = {.resolve_timeout = options_.connect_timeout,
                               .connect_timeout = options_.connect_timeout,
                               .tls_timeout = options_.connect_timeout},
                      .session = {.heartbeat = options_.heartbeat,
                                  .max_body_bytes = options_.payload_limits.max_bytes,
                                  .handshake_timeout = options_.connect_timeout,
                                  .request_timeout = options_.request_timeout},
                      .connection_name = options_.logical_service + "@" + hostname() + " " +
                                         std::to_string(::getpid())},
        *worker_, std::vector<bus::LinkId>(bus::both_links.begin(), bus::both_links.end()),
        wakeup_);
}

// ---- Publishing

void Runtime::check_accepting() const {
    if (home_.is_left()) home_.require("service " + options_.logical_service);
    if (!is_stopped_) return;
    // What a handler still publishes decides whether its message can be acknowledged.
    UserContext* const context = UserContext::of(this);
    if (context != nullptr && !is_past_draining_) return;
    if (context != nullptr) context->had_publish_failure = true;
    throw Error(Errc::stopped,
                "service " + options_.logical_service + " is stopped: nothing is taken any more");
}

bus::MessageId Runtime::publish(bus::Outgoing message, const Value& payload,
                                std::optional<std::string_view> conversation_id) {
    check_accepting();
    UserContext* const context = UserContext::of(this);
    std::optional<NameSource::Name> fresh;
    if (conversation_id) {
        message.conversation_id = *conversation_id;
    } else if (context != nullptr && context->has_conversation) {
        message.conversation_id = context->conversation_id;
    } else {
        fresh = outlet_.new_id();
        message.conversation_id = fresh->text();
    }
    const Draft draft(outlet_, message, payload, context != nullptr ? context->ids : nullptr);
    std::unique_lock lock(outlet_.mutex());
    wait_for_room(lock, draft.size_bytes());
    // Again: whoever was told that all is accepted must be waited for by the run that ends.
    check_accepting();
    draft.accept(outlet_, bus::Retry::automatic);
    unwritten_bytes_ += draft.size_bytes();
    const std::size_t unwritten_bytes = unwritten_bytes_;
    lock.unlock();
    after_accepting(unwritten_bytes);
    return draft.id();
}

void Runtime::wait_for_room(std::unique_lock<std::mutex>& lock, std::size_t length) {
    if (outlet_.intake().has_room(length)) return;
    const TimePoint deadline = Clock::now() + options_.publish_timeout;
    while (!outlet_.intake().has_room(length)) {
        const TimePoint now = Clock::now();
        if (now >= deadline) {
            throw_back_pressure(UserContext::of(this),
                                "nothing was confirmed within publish_timeout: " +
                                    std::string(bus::explain(hold_up_)));
        }
        check_accepting();
        check_room_may_come();
        lock.unlock();
        // The leader waits for itself. Others leave it to the leader or its stand-in, which they
        // would keep from the lock.
        const bool is_leader = UserContext::of(this) != nullptr && options_.handler_threads == 1;
        const bool has_driven =
            is_leader && drive_if_free(std::min(deadline, now + longest_wait_for_room));
        lock.lock();
        if (!has_driven) room_.wait_for(lock, longest_wait_for_room / 5);
    }
}

// Who keeps the service from connecting again must not wait for what only a connection can bring.
void Runtime::check_room_may_come() const {
    UserContext* const context = UserContext::of(this);
    if (context == nullptr || !(context->is_in_pause || is_ending_)) return;
    throw_back_pressure(context,
                        "the connection is lost: nothing is confirmed before the next one, which "
                        "has to wait until this call of user code ends");
}

void Runtime::after_accepting(std::size_t unwritten_bytes) {
    if (UserContext::of(this) != nullptr && options_.handler_threads == 1 && !is_standing_in_) {
        // The leader writes when the handler has ended, with everything that gathered meanwhile.
        if (unwritten_bytes >= gathered_at_most_bytes) drive_if_free(std::nullopt);
        return;
    }
    if (user_code_.is_running() && drive_if_free(std::nullopt)) return;
    wake();
}

void Runtime::wake() {
    // Looked at first: most of the time there is nobody to wake, and an exchange costs more.
    if (is_sleeping_ && is_sleeping_.exchange(false)) wakeup_.notify();
}

bool Runtime::drive_if_free(std::optional<TimePoint> until) {
    const CancellationHeld held;
    for (;;) {
        std::vector<bus::Notice> notices;
        {
            const std::unique_lock drive(drive_mutex_, std::try_to_lock);
            if (!drive || !is_running_) return false;
            step(until);
            notices = take_notices();
        }
        if (notices.empty()) return true;
        tell(notices);
        until.reset();
    }
}

void Runtime::log(Severity severity, std::string_view short_message,
                  const LogOptions& options) noexcept {
    const CancellationHeld held;
    record(severity, short_message, options, std::nullopt);
    if (home_.is_left()) return;
    try {
        after_accepting(0);
    } catch (...) {
        // It is accepted; the leader writes it, or meets the same fault.
    }
}

void Runtime::record(Severity severity, std::string_view short_message, const LogOptions& options,
                     std::optional<TimePoint> at) noexcept {
    const UserContext* const context = UserContext::of(this);
    std::string_view conversation_id;
    if (options.conversation_id) {
        conversation_id = *options.conversation_id;
    } else if (context != nullptr) {
        conversation_id = context->conversation_id;
    }
    log_locally(severity, options_.logical_service, short_message,
                {.conversation_id = conversation_id, .fields = options.fields});
    if (home_.is_left()) return;
    try {
        outlet_.log(severity, short_message, options.full_message, conversation_id, options.fields,
                    at);
    } catch (...) {
        outlet_.count_dropped_log();
    }
}

void Runtime::settle(bus::ManualSettlement settlement) {
    {
        const std::lock_guard lock(outlet_.mutex());
        check_accepting();
        settlement.accepted_before = outlet_.intake().next_sequence();
        outlet_.settle(settlement);
    }
    after_accepting(0);
}

Timers::SharedState Runtime::call_later(Duration delay, std::function<void()> callback) {
    if (!callback) throw Error(Errc::invalid_argument, "an empty function cannot be called later");
    if (home_.is_left()) home_.require("service " + options_.logical_service);
    // Nothing fires any more: there is nothing to keep.
    if (is_stopped_ && !is_reconnect_) {
        return std::make_shared<std::atomic<Timers::State>>(Timers::State::cancelled);
    }
    const auto wait =
        std::clamp<Duration>(delay, Duration::zero(), std::chrono::hours{24 * 365 * 100});
    Timers::SharedState state;
    {
        const std::lock_guard lock(timers_mutex_);
        state = timers_.add(Clock::now() + wait, std::move(callback));
        note_next_timer();
    }
    {
        const std::lock_guard lock(pause_mutex_);
        has_new_timer_ = true;
    }
    pause_.notify_all();
    wake();
    return state;
}

void Runtime::stop(RunResult result, std::string_view why) {
    if (home_.is_left()) {
        log(Severity::warning, "not stopped: it belongs to the process that forked", {});
        return;
    }
    const bool is_to_reconnect = result == RunResult::reconnect;
    {
        const std::lock_guard lock(pause_mutex_);
        const bool is_for_good_now = is_reconnect_ && !is_to_reconnect;
        if (is_stopped_ && !is_for_good_now) return;
        is_reconnect_ = is_to_reconnect;
        is_stopped_ = true;
    }
    pause_.notify_all();
    log(Severity::warning,
        std::string(why) + (is_to_reconnect ? ": draining, then connecting again" : ": stopping"),
        {});
    wakeup_.notify();
}

// ---- Driving

void Runtime::exchange_with_intake() {
    bool has_released = false;
    bool has_ebbed = false;
    {
        const std::lock_guard lock(outlet_.mutex());
        bus::Intake& intake = outlet_.intake();
        for (bus::SharedSegment& segment : worker_->released()) {
            intake.release(std::move(segment));
            has_released = true;
        }
        worker_->released().clear();
        has_ebbed = memory_return_.has_ebbed(intake.held_bytes());
        if (intake.has_any()) outlet_.take(batch_);
        unwritten_bytes_ = 0;
    }
    if (has_released) room_.notify_all();
    if (has_ebbed && memory_return_.is_due(Clock::now())) ::malloc_trim(0);
    worker_->absorb(batch_);
}

void Runtime::step(std::optional<TimePoint> until) {
    if (until) is_sleeping_ = true;
    exchange_with_intake();
    if (is_stopped_) {
        if (!worker_->is_stopping()) until.reset();
        worker_->stop(Clock::now(), is_reconnect_);
    }
    driver_->step(until);
    last_io_ = Clock::now();
    is_sleeping_ = false;
    next_sequence_then_ = outlet_.next_sequence();
    exchange_with_intake();
    unsettled_then_ = worker_->unsettled();
    is_past_draining_ = worker_->is_stopping() && worker_->is_ending();
    is_ending_ = worker_->is_ending();
    hold_up_ = worker_->hold_up();
}

}  // namespace eventail::service
