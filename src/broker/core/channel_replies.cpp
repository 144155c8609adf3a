// The part of a channel that takes direct replies: a consumer without a queue.
#include "broker/core/channel.hpp"
#include "broker/core/connection.hpp"
#include "broker/core/core.hpp"
#include "broker/core/recipient.hpp"
#include "broker/core/refusal.hpp"
#include "broker/core/virtual_host.hpp"

#include <utility>

namespace eventail::broker {

std::string Channel::consume_replies(const wire::BasicConsume& method) {
    if (!method.no_ack) {
        refuse(wire::ReplyCode::precondition_failed, "reply consumer cannot acknowledge");
    }
    if (reply_consumer_) {
        refuse(wire::ReplyCode::precondition_failed, "reply consumer already set");
    }
    Environment& environment = host().environment();
    environment.require_room();
    std::string tag(method.consumer_tag);
    if (tag.empty()) tag = environment.names().next("amq.ctag-");
    reply_consumer_ = {.tag = std::move(tag),
                       .address = environment.names().next(text(reply_queue, "."))};
    environment.reply_addresses().add(reply_consumer_->address, *this);
    return reply_consumer_->tag;
}

void Channel::cancel_replies() {
    if (!reply_consumer_) return;
    Environment& environment = host().environment();
    environment.reply_addresses().remove(reply_consumer_->address);
    discard(environment.chores(), std::move(reply_consumer_->waiting));
    reply_consumer_.reset();
}

// The delivery takes the next tag, although nobody acknowledges a reply.
void Channel::deliver_reply(const MessagePtr& message) {
    if (connection_.is_paused()) {
        reply_consumer_->waiting.push_back(message);
        return;
    }
    connection_.recipient().deliver({.channel = number_,
                                     .consumer_tag = reply_consumer_->tag,
                                     .delivery_tag = last_delivery_tag_ + 1,
                                     .redelivered = false,
                                     .message = message});
}

void Channel::deliver_waiting_replies() {
    while (reply_consumer_ && !reply_consumer_->waiting.empty() && !connection_.is_paused()) {
        const MessagePtr message = std::move(reply_consumer_->waiting.front());
        reply_consumer_->waiting.pop_front();
        deliver_reply(message);
    }
}

// Says whether somebody waits for replies at this address. Creates nothing.
QueueStatus Channel::declare_reply_queue(std::string_view name) {
    std::string queue(name);
    if (queue != reply_queue && !host().environment().reply_addresses().contains(queue)) {
        refuse_missing({"queue", name, host().name()});
    }
    last_declared_queue_ = queue;
    return {.name = std::move(queue), .message_count = 0, .consumer_count = 1};
}

}  // namespace eventail::broker
