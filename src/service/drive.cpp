#include "service/drive.hpp"

#include "base/randomness.hpp"
#include "service/checked_options.hpp"

#include <malloc.h>

#include <algorithm>
#include <utility>

namespace eventail::service {

Drive::Drive(const ServiceOptions& options, Outlet& outlet, const StopState& stopping)
    : options_(options),
      outlet_(outlet),
      stopping_(stopping),
      urls_(checked_urls(options.amqp_urls)) {}

// Step by step: GCC 12 destroys the members of a nested aggregate twice if a later initializer of
// the outer one throws.
bus::WorkerOptions Drive::worker_options(const bus::Subscription& subscription) const {
    bus::WorkerOptions made;
    made.consumer.topology = bus::plan_topology(subscription);
    // With less than a message for each, threads would be idle for nothing.
    made.consumer.prefetch_count =
        std::max(options_.prefetch_count, static_cast<std::uint16_t>(options_.handler_threads));
    made.consumer.payload_limits = options_.payload_limits;
    made.publisher.blocked_timeout = options_.blocked_timeout;
    made.publisher.message_id_prefix = outlet_.message_ids().prefix();
    made.publisher.payload_limits = options_.payload_limits;
    made.outbox.retry_delay = options_.retry_delay;
    for (const net::Url& url : urls_) made.url_names.push_back(net::redacted(url));
    made.drain_timeout = options_.drain_timeout;
    made.max_reconnect_delay = options_.max_reconnect_delay;
    made.seed = random_bits();
    return made;
}

DriverOptions Drive::driver_options() const {
    DriverOptions made = common_driver_options(urls_, options_.connect_timeout, options_.heartbeat,
                                               options_.logical_service);
    made.session.max_body_bytes = options_.payload_limits.max_bytes;
    made.session.request_timeout = options_.request_timeout;
    return made;
}

void Drive::build(const bus::Subscription& subscription) {
    auto worker = std::make_unique<bus::Worker>(worker_options(subscription));
    driver_ = std::make_unique<Driver>(
        driver_options(), *worker,
        std::vector<bus::LinkId>(bus::both_links.begin(), bus::both_links.end()), wakeup_);
    worker_ = std::move(worker);
}

void Drive::begin_run(const bus::Subscription& subscription, bus::WhenLost when_lost) {
    const Lock lock(mutex_);
    if (is_broken_) {
        throw Error(Errc::invalid_state,
                    "an earlier run() failed in the middle of its work: make a new service");
    }
    if (!worker_) build(subscription);
    is_running_ = true;
    is_ending_ = false;
    is_past_draining_ = false;
    const bool is_stopped = stopping_.is_stopped();
    exchange_with_outlet();
    const TimePoint now = Clock::now();
    if (is_stopped) worker_->stop(now, stopping_.is_reconnect());
    worker_->begin_run(now, when_lost);
}

void Drive::break_off() {
    const Lock lock(mutex_);
    if (!std::exchange(is_running_, false)) return;
    is_broken_ = true;
    driver_->abort();
}

std::optional<std::vector<bus::Notice>> Drive::step_if_free(
    std::optional<TimePoint> until) noexcept {
    if (!mutex_.try_lock()) return std::nullopt;
    const Lock lock(mutex_, std::adopt_lock);
    if (!is_running_) return std::nullopt;
    return step_for_leader(until);
}

std::optional<std::vector<bus::Notice>> Drive::step_for_leader(
    std::optional<TimePoint> until) noexcept {
    if (failure_) return std::nullopt;
    try {
        step(until);
        return take_notices();
    } catch (...) {
        failure_ = std::current_exception();
        interrupt();
        return std::nullopt;
    }
}

std::size_t Drive::unconfirmed() const {
    const bus::Sequence then = next_sequence_then_;
    const bus::Sequence now = outlet_.next_sequence();
    return unsettled_then_ + static_cast<std::size_t>(now > then ? now - then : 0);
}

void Drive::exchange_with_outlet() {
    const std::size_t held_bytes = outlet_.exchange(worker_->released(), batch_);
    if (memory_return_.has_ebbed(held_bytes) && memory_return_.is_due(Clock::now())) {
        ::malloc_trim(0);
    }
    worker_->absorb(batch_);
}

void Drive::step(std::optional<TimePoint> until) {
    if (until) announce_sleep();
    // Looked at first: the outlet then hands over all that it accepted before the stop, and the
    // drain waits for it.
    const bool is_stopped = stopping_.is_stopped();
    exchange_with_outlet();
    if (is_stopped) {
        if (!worker_->is_stopping()) until.reset();
        worker_->stop(Clock::now(), stopping_.is_reconnect());
    }
    driver_->step(until);
    last_step_ = Clock::now();
    is_sleeping_ = false;
    next_sequence_then_ = outlet_.next_sequence();
    exchange_with_outlet();
    unsettled_then_ = worker_->unsettled();
    hold_up_ = worker_->hold_up();
    is_ending_ = worker_->is_ending();
    is_past_draining_ = worker_->is_stopping() && worker_->is_ending();
    // Without a connection, most log records are dropped.
    const bool is_back = worker_->is_consuming() && !was_consuming_;
    was_consuming_ = worker_->is_consuming();
    if (is_back) outlet_.tell_dropped_logs(worker_->dropped_logs());
}

}  // namespace eventail::service
