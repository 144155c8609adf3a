#include "service/blocking_sender.hpp"

#include "net/signals_blocked.hpp"
#include "net/thread_name.hpp"
#include "service/cancellation.hpp"
#include "service/failure_text.hpp"
#include "service/local_log.hpp"

#include <malloc.h>

#include <chrono>
#include <exception>
#include <limits>
#include <utility>

namespace eventail::service {
namespace {

// Callers bound the memory: each waits for its one message.
constexpr bus::Intake::Limits intake_limits = {.max_bytes =
                                                   std::numeric_limits<std::size_t>::max()};

// Step by step: GCC 12 destroys the members of a nested aggregate twice if a later initializer of
// the outer one throws.
bus::SenderOptions sender_options(const EndpointOptions& options, const std::vector<net::Url>& urls,
                                  std::string_view id_prefix) {
    bus::SenderOptions made;
    made.publisher.message_id_prefix = id_prefix;
    made.publisher.payload_limits = options.payload_limits;
    for (const net::Url& url : urls) made.url_names.push_back(net::redacted(url));
    made.connection_max_retries = options.connection_max_retries;
    made.confirm_timeout = options.confirm_timeout;
    return made;
}

}  // namespace

BlockingSender::BlockingSender(const EndpointOptions& options, const std::vector<net::Url>& urls)
    : outlet_(options.logical_service, options.payload_limits, intake_limits),
      sender_(sender_options(options, urls, outlet_.message_ids().prefix())),
      driver_(common_driver_options(urls, options.connect_timeout, options.heartbeat,
                                    options.logical_service),
              sender_, {bus::LinkId::publishing}, wakeup_) {}

BlockingSender::~BlockingSender() {
    {
        const Lock lock(mutex_);
        is_closing_ = true;
    }
    if (!thread_.joinable()) return;
    wakeup_.notify();
    thread_.join();
    try {
        sender_.drop_logs();
        outlet_.tell_dropped_logs(sender_.dropped_logs());
    } catch (...) {
        // No memory to report it.
    }
}

// ---- Callers

bus::Verdict BlockingSender::send(const bus::Outgoing& message, const Value& payload,
                                  std::optional<unsigned> max_retries) {
    // A thread cancelled while it waits would leave its waiter behind.
    const CancellationHeld held;
    const Draft draft(outlet_, message, payload);
    Waiter waiter;
    std::map<bus::Sequence, Waiter*> waiting = {{0, &waiter}};
    Lock lock(mutex_);
    if (breakdown_) return {.error = Errc::invalid_state, .reason = *breakdown_};
    ensure_thread();
    submitted_.reserve(submitted_.size() + 1);
    const bus::Sequence sequence = outlet_.accept(draft, bus::Retry::by_owner);
    // The message is accepted: from here on, nothing throws.
    submitted_.push_back({.sequence = sequence, .max_retries = max_retries});
    auto entry = waiting.extract(waiting.begin());
    entry.key() = sequence;
    waiters_.insert(std::move(entry));
    wakeup_.notify();
    while (!waiter.verdict) waiter.is_done.wait(lock);
    return *std::move(waiter.verdict);
}

void BlockingSender::log(Severity severity, std::string_view short_message,
                         const LogOptions& record) {
    outlet_.log(severity, short_message, record.full_message,
                record.conversation_id.value_or(std::string_view()), record.fields);
    const Lock lock(mutex_);
    if (breakdown_) return;
    ensure_thread();
    wakeup_.notify();
}

void BlockingSender::ensure_thread() {
    if (thread_.joinable()) return;
    const net::SignalsBlocked blocked;
    thread_ = Thread([this] { run(); });
}

// ---- The thread

void BlockingSender::run() noexcept {
    net::name_this_thread("eventail send");
    std::string reason;
    try {
        return drive();
    } catch (...) {
        reason = failure_text("the thread that drives the connection has failed: ",
                              std::current_exception());
    }
    log_locally(Severity::emergency, outlet_.logical_service(), reason);
    break_down(std::move(reason));
}

void BlockingSender::drive() {
    bus::Intake::Batch batch;
    std::vector<bus::Submission> fresh;
    bool has_begun_to_close = false;
    while (!sender_.is_closed()) {
        const bool is_time_to_close = exchange_with_callers(batch, fresh);
        const TimePoint now = Clock::now();
        sender_.absorb(batch, fresh, now);
        fresh.clear();
        if (is_time_to_close && !std::exchange(has_begun_to_close, true)) sender_.begin_close(now);
        driver_.step(now + std::chrono::hours{1});
        for (const bus::Notice& notice : std::exchange(sender_.notices(), {})) {
            log_locally(notice.severity, outlet_.logical_service(), notice.text);
        }
    }
}

/// Gives callers their verdicts, and takes their submissions. @return whether to close
bool BlockingSender::exchange_with_callers(bus::Intake::Batch& batch,
                                           std::vector<bus::Submission>& fresh) {
    std::size_t held_bytes = 0;
    bool is_time_to_close = false;
    {
        const Lock lock(mutex_);
        hand_over_verdicts();
        held_bytes = outlet_.exchange(sender_.released(), batch);
        fresh.swap(submitted_);
        is_time_to_close = is_closing_;
    }
    if (memory_return_.has_ebbed(held_bytes) && memory_return_.is_due(Clock::now())) {
        ::malloc_trim(0);
    }
    return is_time_to_close;
}

void BlockingSender::hand_over_verdicts() {
    for (bus::Verdict& verdict : std::exchange(sender_.verdicts(), {})) {
        const auto at = waiters_.find(verdict.sequence);
        Waiter& waiter = *at->second;
        waiters_.erase(at);
        waiter.verdict = std::move(verdict);
        // With the lock held: the waiter may be gone as soon as the lock is released.
        waiter.is_done.notify_one();
    }
}

void BlockingSender::break_down(std::string reason) noexcept {
    driver_.abort();
    const Lock lock(mutex_);
    for (const auto& [sequence, waiter] : std::exchange(waiters_, {})) {
        waiter->verdict = bus::Verdict{.sequence = sequence, .error = Errc::invalid_state};
        try {
            waiter->verdict->reason = reason;
        } catch (...) {
            // No memory, so without the reason.
        }
        waiter->is_done.notify_one();
    }
    breakdown_ = std::move(reason);
}

}  // namespace eventail::service
