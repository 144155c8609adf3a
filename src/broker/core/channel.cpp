#include "broker/core/channel.hpp"

#include "base/assert.hpp"
#include "broker/core/access.hpp"
#include "broker/core/connection.hpp"
#include "broker/core/consumer.hpp"
#include "broker/core/core.hpp"
#include "broker/core/recipient.hpp"
#include "broker/core/refusal.hpp"
#include "broker/core/virtual_host.hpp"

#include <array>
#include <utility>

namespace eventail::broker {

namespace {

[[noreturn]] void refuse_exclusive_use(const ResourceName& queue) {
    refuse(wire::ReplyCode::access_refused, text(to_text(queue), " in exclusive use"));
}

}  // namespace

/// The deliveries that a closed channel leaves behind.
class Channel::Requeuing final : public Chore {
public:
    explicit Requeuing(Channel& channel)
        : unsettled_(channel.host().environment().gauge()),
          transactions_{std::move(channel.transaction_), std::move(channel.committing_),
                        std::move(channel.rolling_back_)} {
        unsettled_.swap(channel.unsettled_);
    }

    bool step() override {
        if (auto unsettled = unsettled_.take_first(all_tags)) {
            unsettled->queue->settle(std::move(unsettled->queued), Disposition::requeue);
            return true;
        }
        for (const auto& transaction : transactions_) {
            if (transaction && transaction->give_back(unsettled_)) return true;
        }
        return false;
    }

private:
    UnsettledDeliveries unsettled_;
    std::array<std::unique_ptr<Transaction>, 3> transactions_;
};

Channel::Channel(Connection& connection, std::uint16_t number)
    : connection_(connection),
      number_(number),
      unsettled_(connection.core().environment().gauge()) {}

Channel::~Channel() {
    cancel_replies();
    for (const auto& [tag, consumer] : std::exchange(consumers_, {})) {
        if (const auto queue = consumer->queue.lock()) queue->remove_consumer(*consumer);
    }
    host().environment().chores().add(std::make_unique<Requeuing>(*this));
}

VirtualHost& Channel::host() const { return connection_.host(); }

Published Channel::publish(const wire::BasicPublish& method, wire::Bytes properties,
                           wire::Buffer body) {
    require_writable(method.exchange);
    const Exchange& exchange = host().exchange(method.exchange);
    if (exchange.definition().internal) {
        refuse(wire::ReplyCode::access_refused,
               text("cannot publish to internal ",
                    to_text({"exchange", method.exchange, host().name()})));
    }
    Published published;
    published.message =
        receive_message(host().environment().gauge(),
                        {std::string(method.exchange), std::string(method.routing_key), {}},
                        properties, std::move(body));
    if (published.message->wants_direct_reply()) {
        if (!reply_consumer_) {
            refuse(wire::ReplyCode::precondition_failed, "fast reply consumer does not exist");
        }
        published.message = with_reply_to(host().environment().gauge(), *published.message,
                                          reply_consumer_->address);
    }
    if (const auto user = published.message->user_id(); user && *user != connection_.user()) {
        refuse(wire::ReplyCode::precondition_failed,
               text("user_id property set to '", *user, "' but authenticated user was '",
                    connection_.user(), "'"));
    }
    if (!transaction_) {
        published.fate = host().publish(exchange, published.message);
    } else {
        transaction_->hold({.message = published.message,
                            .is_mandatory = method.mandatory,
                            .queues = host().route(exchange, published.message)});
        published.fate = Fate::held;
    }
    return published;
}

void Channel::qos(const wire::BasicQos& method) {
    if (method.prefetch_size != 0) {
        refuse(wire::ReplyCode::not_implemented,
               text("prefetch_size!=0 (", std::to_string(method.prefetch_size), ")"));
    }
    if (!method.global) {
        consumer_prefetch_ = method.prefetch_count;
        return;
    }
    channel_prefetch_ = method.prefetch_count;
    resume();
}

std::string Channel::consume(const wire::BasicConsume& method) {
    std::string tag(method.consumer_tag);
    if (consumers_.contains(tag)) {
        refuse(wire::ReplyCode::not_allowed, text("attempt to reuse consumer tag '", tag, "'"));
    }
    if (method.queue == reply_queue) return consume_replies(method);
    const std::string name = expanded(method.queue);
    const ResourceName resource{"queue", name, host().name()};
    require(AccessKind::read, resource);
    Queue& queue = accessible_queue(name);
    const int priority = read_consumer_priority(method.arguments, resource);
    const bool has_single_active = queue.definition().read.single_active_consumer;
    if (queue.consumers().has_exclusive() ||
        (method.exclusive && (has_single_active || !queue.consumers().empty()))) {
        refuse_exclusive_use(resource);
    }
    Environment& environment = host().environment();
    environment.require_room();
    if (tag.empty()) tag = environment.names().next("amq.ctag-");

    auto consumer = std::make_shared<Consumer>(environment.gauge());
    consumer->tag = tag;
    consumer->channel = this;
    consumer->queue = queue.weak_from_this();
    consumer->no_ack = method.no_ack;
    consumer->exclusive = method.exclusive;
    consumer->priority = priority;
    consumer->prefetch_count = consumer_prefetch_;
    consumers_.emplace(tag, consumer);
    queue.add_consumer(consumer);
    return tag;
}

void Channel::cancel(const wire::BasicCancel& method) {
    if (reply_consumer_ && reply_consumer_->tag == method.consumer_tag) {
        cancel_replies();
        return;
    }
    const auto found = consumers_.find(method.consumer_tag);
    if (found == consumers_.end()) return;
    const std::shared_ptr<Consumer> consumer = found->second;
    consumers_.erase(found);
    if (const auto queue = consumer->queue.lock()) queue->remove_consumer(*consumer);
}

std::optional<Got> Channel::get(const wire::BasicGet& method) {
    const std::string name = expanded(method.queue);
    require(AccessKind::read, {"queue", name, host().name()});
    // Consumers come before basic.get.
    connection_.core().dispatch();
    Queue& queue = accessible_queue(name);
    auto queued = queue.take();
    if (!queued) return std::nullopt;

    Got got{.delivery_tag = ++last_delivery_tag_,
            .redelivered = queued->redelivered,
            .message_count = static_cast<std::uint32_t>(queue.ready().size()),
            .message = queued->message};
    if (method.no_ack) {
        queue.settle(std::move(*queued), Disposition::acknowledge);
    } else {
        unsettled_.push_back({.delivery_tag = got.delivery_tag,
                              .queued = std::move(*queued),
                              .queue = queue.shared_from_this(),
                              .delivered_at = host().environment().now()});
    }
    return got;
}

void Channel::ack(const wire::BasicAck& method) {
    settle(method.delivery_tag, method.multiple, Disposition::acknowledge);
}

void Channel::nack(const wire::BasicNack& method) {
    settle(method.delivery_tag, method.multiple,
           method.requeue ? Disposition::requeue : Disposition::reject);
}

void Channel::reject(const wire::BasicReject& method) {
    settle(method.delivery_tag, false, method.requeue ? Disposition::requeue : Disposition::reject);
}

void Channel::recover(const wire::BasicRecover& method) {
    if (!method.requeue) refuse(wire::ReplyCode::not_implemented, "requeue=false");
    settling_ = {.last_tag = all_tags, .disposition = Disposition::requeue};
    go_on_settling();
}

bool Channel::can_take(const Consumer& consumer) const {
    if (connection_.is_paused()) return false;
    if (is_at_channel_limit()) return false;
    return consumer.no_ack || consumer.prefetch_count == 0 ||
           consumer.unsettled_count < consumer.prefetch_count;
}

bool Channel::is_at_channel_limit() const {
    return channel_prefetch_ != 0 && consumers_unsettled_ >= channel_prefetch_;
}

void Channel::hand_over(const std::shared_ptr<Consumer>& consumer, std::shared_ptr<Queue> queue,
                        QueuedMessage queued) {
    const std::uint64_t tag = ++last_delivery_tag_;
    connection_.recipient().deliver({.channel = number_,
                                     .consumer_tag = consumer->tag,
                                     .delivery_tag = tag,
                                     .redelivered = queued.redelivered,
                                     .message = queued.message});
    if (consumer->no_ack) return;
    ++consumer->unsettled_count;
    ++consumers_unsettled_;
    unsettled_.push_back(
        {tag, std::move(queued), std::move(queue), consumer, host().environment().now()});
}

void Channel::consumer_was_cancelled(const Consumer& consumer) {
    connection_.recipient().consumer_cancelled(number_, consumer.tag);
    consumers_.erase(consumer.tag);
}

void Channel::resume() {
    deliver_waiting_replies();
    for (const auto& [tag, consumer] : consumers_) {
        if (!consumer->is_full || !can_take(*consumer)) continue;
        if (const auto queue = consumer->queue.lock()) queue->resume(*this);
    }
}

// The consumer may be cancelled by now; then it is not full either.
void Channel::resume(Consumer& consumer) {
    if (!consumer.is_full || !can_take(consumer)) return;
    if (const auto queue = consumer.queue.lock()) queue->resume(consumer);
}

void Channel::settle(std::uint64_t delivery_tag, bool multiple, Disposition disposition) {
    const bool is_all = multiple && delivery_tag == 0;
    if (!is_all && !unsettled_.contains(delivery_tag)) {
        refuse(wire::ReplyCode::precondition_failed,
               text("unknown delivery tag ", std::to_string(delivery_tag)));
    }
    if (multiple) {
        settling_ = {.last_tag = is_all ? all_tags : delivery_tag,
                     .disposition = disposition,
                     .is_held = transaction_ != nullptr};
        go_on_settling();
        return;
    }
    if (transaction_) {
        transaction_->hold(disposition, delivery_tag, unsettled_);
        return;
    }
    const bool was_at_limit = is_at_channel_limit();
    auto unsettled = unsettled_.take(delivery_tag);
    EVENTAIL_ASSERT(unsettled, "a delivery that is there can be taken");
    const std::shared_ptr<Consumer> consumer = unsettled->consumer;
    settle(std::move(*unsettled), disposition);
    // There may be any number of consumers, but only this one has room again.
    if (was_at_limit) {
        resume();
    } else if (consumer) {
        resume(*consumer);
    }
}

void Channel::settle(Unsettled unsettled, Disposition disposition) {
    if (unsettled.consumer) {
        EVENTAIL_ASSERT(consumers_unsettled_ > 0 && unsettled.consumer->unsettled_count > 0,
                        "what a consumer has not settled counts against it and its channel");
        --consumers_unsettled_;
        --unsettled.consumer->unsettled_count;
    }
    unsettled.queue->settle(std::move(unsettled.queued), disposition);
}

}  // namespace eventail::broker
