#include "broker/core/queue.hpp"

#include "base/assert.hpp"
#include "broker/core/channel.hpp"
#include "broker/core/consumer.hpp"
#include "broker/core/environment.hpp"
#include "broker/core/virtual_host.hpp"

#include <algorithm>
#include <utility>

namespace eventail::broker {

namespace {

constexpr std::size_t queue_bytes = 2048;

template <typename T>
std::optional<T> lower(const std::optional<T>& left, const std::optional<T>& right) {
    if (left && right) return std::min(*left, *right);
    return left ? left : right;
}

}  // namespace

Queue::Queue(VirtualHost& host, QueueDefinition definition)
    : BindingTarget(definition.name, false),
      host_(host),
      charge_(host.environment().gauge(),
              queue_bytes + definition.arguments.view().encoded().size()),
      definition_(std::move(definition)),
      ready_(host.environment().gauge(), definition_.read.max_priority),
      consumers_(definition_.read.single_active_consumer),
      used_at_(host.environment().now()),
      timer_(host.environment().timers().next_id()) {}

// The lower limit of the policy and the queue's own arguments applies. Where neither can be lower,
// the argument does.
void Queue::apply(const Policy* policy) {
    const Settings& own = definition_.read.settings;
    const Settings given = policy ? policy->settings : Settings{};
    policy_name_ = policy ? policy->name : "";
    dead_letter_exchange_ =
        own.dead_letter_exchange ? own.dead_letter_exchange : given.dead_letter_exchange;
    dead_letter_routing_key_ =
        own.dead_letter_routing_key ? own.dead_letter_routing_key : given.dead_letter_routing_key;
    message_ttl_ = lower(own.message_ttl, given.message_ttl);
    expires_ = lower(own.expires, given.expires);
    max_length_ = lower(own.max_length, given.max_length);
    max_length_bytes_ = lower(own.max_length_bytes, given.max_length_bytes);
    overflow_ = own.overflow.value_or(given.overflow ? *given.overflow : Overflow::drop_head);
    drop_excess();
    schedule();
}

bool Queue::publish(const MessagePtr& message) {
    if (has_limits()) {
        // Consumers come first: messages that they take do not count.
        dispatch();
        if (overflow_ != Overflow::drop_head && is_full_with(*message)) {
            if (overflow_ == Overflow::reject_publish_dlx) {
                bury({.message = message}, DeathReason::maxlen);
            }
            return false;
        }
        push(message);
        dispatch();
        drop_excess();
        return true;
    }
    push(message);
    dispatch_later();
    return true;
}

std::optional<QueuedMessage> Queue::take() {
    if (ready_.empty()) return std::nullopt;
    QueuedMessage queued = ready_.pop_front();
    ++unsettled_count_;
    drop_expired(true);
    touch();
    dispatch_later();
    return queued;
}

void Queue::settle(QueuedMessage queued, Disposition disposition) {
    EVENTAIL_ASSERT(unsettled_count_ > 0, "a message is settled once, by its own queue");
    --unsettled_count_;
    if (is_closed_ || disposition == Disposition::acknowledge) return;
    if (disposition == Disposition::reject) {
        bury(queued, DeathReason::rejected);
        return;
    }
    queued.redelivered = true;
    ready_.put_back(std::move(queued));
    drop_excess();
    dispatch_later();
}

std::size_t Queue::purge() {
    const std::size_t count = ready_.size();
    host_.environment().chores().add(ready_.clear());
    return count;
}

void Queue::add_consumer(const std::shared_ptr<Consumer>& consumer) {
    consumers_.add(consumer);
    dispatch_later();
}

void Queue::remove_consumer(Consumer& consumer) {
    consumers_.remove(consumer);
    touch();
    if (is_closed_) return;
    if (definition_.auto_delete && consumers_.empty()) {
        host_.delete_queue(*this);
    } else {
        dispatch_later();
    }
}

void Queue::cancel_consumers() {
    for (const std::shared_ptr<Consumer>& consumer : consumers_.remove_all()) {
        consumer->channel->consumer_was_cancelled(*consumer);
    }
    touch();
}

void Queue::resume(const Channel& channel) {
    consumers_.resume(channel);
    dispatch_later();
}

void Queue::resume(Consumer& consumer) {
    consumers_.resume(consumer);
    dispatch_later();
}

void Queue::dispatch_later() {
    if (is_listed_) return;
    is_listed_ = true;
    host_.environment().dispatch_later(shared_from_this());
}

void Queue::dispatch() {
    is_listed_ = false;
    if (is_closed_) return;
    drop_expired(false);
    while (!ready_.empty()) {
        const std::shared_ptr<Consumer> consumer = consumers_.next();
        if (!consumer) break;
        QueuedMessage queued = ready_.pop_front();
        if (!consumer->no_ack) ++unsettled_count_;
        consumer->channel->hand_over(consumer, shared_from_this(), std::move(queued));
        drop_expired(false);
    }
    // A TTL of 0 means: to a consumer at once, or never.
    drop_expired(true);
    schedule();
}

void Queue::touch() {
    used_at_ = host_.environment().now();
    schedule();
}

void Queue::wake() {
    wakes_at_ = TimePoint::max();
    if (is_closed_) return;
    if (const auto until = unused_until(); until && *until <= host_.environment().now()) {
        host_.delete_queue(*this);
        return;
    }
    dispatch();
}

void Queue::close() {
    is_closed_ = true;
    wake_at(TimePoint::max());
}

bool Queue::dismantle() {
    EVENTAIL_ASSERT(is_closed_, "only a queue that nobody finds is taken apart");
    if (!ready_.empty()) {
        ready_.pop_front();
        return true;
    }
    const std::shared_ptr<Consumer> consumer = consumers_.remove_any();
    if (!consumer) return false;
    consumer->channel->consumer_was_cancelled(*consumer);
    return true;
}

void Queue::drop_transient_messages() {
    ready_.remove_if([](const QueuedMessage& queued) { return !queued.message->is_persistent(); });
}

bool Queue::is_consistent() const { return ready_.is_consistent() && consumers_.is_consistent(); }

bool Queue::is_full_with(const Message& message) const {
    return (max_length_ && ready_.size() + 1 > *max_length_) ||
           (max_length_bytes_ && ready_.body_bytes() + message.body().size() > *max_length_bytes_);
}

void Queue::push(const MessagePtr& message) {
    QueuedMessage queued{.message = message, .position = ++last_position_};
    if (const auto ttl = lower(message_ttl_, message->expiration())) {
        queued.expires_at = host_.environment().now() + *ttl;
    }
    ready_.push_back(std::move(queued));
}

// Queues that refuse excess messages keep the ones they have, requeued ones included.
void Queue::drop_excess() {
    if (overflow_ != Overflow::drop_head) return;
    const auto has_excess = [this] {
        return (max_length_ && ready_.size() > *max_length_) ||
               (max_length_bytes_ && ready_.body_bytes() > *max_length_bytes_);
    };
    while (!ready_.empty() && has_excess()) bury(ready_.pop_front(), DeathReason::maxlen);
}

void Queue::drop_expired(bool including_now) {
    const TimePoint now = host_.environment().now();
    const auto is_expired = [&](TimePoint at) { return including_now ? at <= now : at < now; };
    while (!ready_.empty() && is_expired(ready_.front().expires_at)) {
        bury(ready_.pop_front(), DeathReason::expired);
    }
}

void Queue::bury(const QueuedMessage& queued, DeathReason reason) {
    if (!dead_letter_exchange_) return;
    Environment& environment = host_.environment();
    environment.publish_later({.host = &host_,
                               .message = queued.message,
                               .reason = reason,
                               .queue = name(),
                               .date = environment.date(),
                               .exchange = *dead_letter_exchange_,
                               .routing_key = dead_letter_routing_key_});
}

void Queue::schedule() {
    TimePoint at = ready_.empty() ? TimePoint::max() : ready_.front().expires_at;
    if (const auto until = unused_until()) at = std::min(at, *until);
    if (at < wakes_at_ && !is_closed_) wake_at(at);
}

void Queue::wake_at(TimePoint at) {
    QueueTimers& timers = host_.environment().timers();
    if (wakes_at_ != TimePoint::max()) timers.clear(timer_, wakes_at_);
    wakes_at_ = at;
    if (at != TimePoint::max()) timers.set(timer_, *this, at);
}

std::optional<TimePoint> Queue::unused_until() const {
    if (!expires_ || !consumers_.empty()) return std::nullopt;
    return used_at_ + *expires_;
}

}  // namespace eventail::broker
