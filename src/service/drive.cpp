#include "service/drive.hpp"

#include "base/process.hpp"
#include "base/randomness.hpp"
#include "service/checked_options.hpp"

#include <malloc.h>

#include <algorithm>
#include <string>
#include <utility>

namespace eventail::service {

Drive::Drive(const ServiceOptions& options, Outlet& outlet, const StopState& stopping)
    : options_(options),
      outlet_(outlet),
      stopping_(stopping),
      urls_(checked_urls(options.amqp_urls)) {}

void Drive::build(const bus::Subscription& subscription) {
    std::vector<std::string> names;
    for (const net::Url& url : urls_) names.push_back(net::redacted(url));
    // With less than one message per thread, some would be idle for no reason.
    const auto prefetch_count =
        std::max(options_.prefetch_count, static_cast<std::uint16_t>(options_.handler_threads));
    worker_ = std::make_unique<bus::Worker>(
        bus::WorkerOptions{.consumer = {.topology = bus::plan_topology(subscription),
                                        .prefetch_count = prefetch_count,
                                        .payload_limits = options_.payload_limits},
                           .publisher = {.blocked_timeout = options_.blocked_timeout,
                                         .message_id_prefix = outlet_.message_ids().prefix(),
                                         .payload_limits = options_.payload_limits},
                           .outbox = {.retry_delay = options_.retry_delay},
                           .url_names = std::move(names),
                           .drain_timeout = options_.drain_timeout,
                           .max_reconnect_delay = options_.max_reconnect_delay,
                           .seed = random_bits()});
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
                                         std::to_string(process_id())},
        *worker_, std::vector<bus::LinkId>(bus::both_links.begin(), bus::both_links.end()),
        wakeup_);
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
    exchange_with_outlet();
    const TimePoint now = Clock::now();
    if (stopping_.is_stopped()) worker_->stop(now, stopping_.is_reconnect());
    worker_->begin_run(now, when_lost);
}

void Drive::break_off() {
    const Lock lock(mutex_);
    if (!std::exchange(is_running_, false)) return;
    is_broken_ = true;
    driver_->abort();
}

std::optional<std::vector<bus::Notice>> Drive::step_if_free(std::optional<TimePoint> until) {
    if (!mutex_.try_lock()) return std::nullopt;
    const Lock lock(mutex_, std::adopt_lock);
    if (!is_running_) return std::nullopt;
    step(until);
    return take_notices();
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
    exchange_with_outlet();
    if (stopping_.is_stopped()) {
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
