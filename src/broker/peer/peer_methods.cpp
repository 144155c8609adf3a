// A channel's methods of the exchange, queue and basic classes: operations of the core, and their
// replies.
#include "broker/core/refusal.hpp"
#include "broker/peer/peer_channel.hpp"

namespace eventail::broker {

void PeerChannel::handle_exchange_class(wire::MethodId id, wire::Bytes payload) {
    switch (id.method_id) {
        case wire::ExchangeDeclare::id.method_id: {
            const auto method = read_method<wire::ExchangeDeclare>(payload);
            channel_->declare(method);
            if (!method.nowait) reply(wire::ExchangeDeclareOk{});
            break;
        }
        case wire::ExchangeDelete::id.method_id: {
            const auto method = read_method<wire::ExchangeDelete>(payload);
            channel_->remove(method);
            if (!method.nowait) reply(wire::ExchangeDeleteOk{});
            break;
        }
        case wire::ExchangeBind::id.method_id: {
            const auto method = read_method<wire::ExchangeBind>(payload);
            channel_->bind(method);
            if (!method.nowait) reply(wire::ExchangeBindOk{});
            break;
        }
        case wire::ExchangeUnbind::id.method_id: {
            const auto method = read_method<wire::ExchangeUnbind>(payload);
            channel_->unbind(method);
            if (!method.nowait) reply(wire::ExchangeUnbindOk{});
            break;
        }
        default: refuse_unimplemented(payload);
    }
}

void PeerChannel::handle_queue_class(wire::MethodId id, wire::Bytes payload) {
    switch (id.method_id) {
        case wire::QueueDeclare::id.method_id: {
            const auto method = read_method<wire::QueueDeclare>(payload);
            const QueueStatus status = channel_->declare(method);
            if (method.nowait) break;
            reply(wire::QueueDeclareOk{.queue = status.name,
                                       .message_count = status.message_count,
                                       .consumer_count = status.consumer_count});
            break;
        }
        case wire::QueueBind::id.method_id: {
            const auto method = read_method<wire::QueueBind>(payload);
            channel_->bind(method);
            if (!method.nowait) reply(wire::QueueBindOk{});
            break;
        }
        case wire::QueueUnbind::id.method_id: {
            channel_->unbind(read_method<wire::QueueUnbind>(payload));
            reply(wire::QueueUnbindOk{});
            break;
        }
        case wire::QueuePurge::id.method_id: {
            const auto method = read_method<wire::QueuePurge>(payload);
            const std::uint32_t count = channel_->purge(method);
            if (!method.nowait) reply(wire::QueuePurgeOk{.message_count = count});
            break;
        }
        case wire::QueueDelete::id.method_id: {
            const auto method = read_method<wire::QueueDelete>(payload);
            const std::uint32_t count = channel_->remove(method);
            if (!method.nowait) reply(wire::QueueDeleteOk{.message_count = count});
            break;
        }
        default: refuse_unimplemented(payload);
    }
}

void PeerChannel::handle_basic_class(wire::MethodId id, wire::Bytes payload) {
    switch (id.method_id) {
        case wire::BasicAck::id.method_id:
            channel_->ack(read_method<wire::BasicAck>(payload));
            break;
        case wire::BasicNack::id.method_id:
            channel_->nack(read_method<wire::BasicNack>(payload));
            break;
        case wire::BasicReject::id.method_id:
            channel_->reject(read_method<wire::BasicReject>(payload));
            break;
        case wire::BasicGet::id.method_id: get(read_method<wire::BasicGet>(payload)); break;
        case wire::BasicQos::id.method_id:
            channel_->qos(read_method<wire::BasicQos>(payload));
            reply(wire::BasicQosOk{});
            break;
        case wire::BasicConsume::id.method_id: {
            const auto method = read_method<wire::BasicConsume>(payload);
            const std::string tag = channel_->consume(method);
            if (!method.nowait) reply(wire::BasicConsumeOk{.consumer_tag = tag});
            break;
        }
        case wire::BasicCancel::id.method_id: {
            const auto method = read_method<wire::BasicCancel>(payload);
            channel_->cancel(method);
            if (!method.nowait) reply(wire::BasicCancelOk{.consumer_tag = method.consumer_tag});
            break;
        }
        case wire::BasicRecover::id.method_id:
            channel_->recover(read_method<wire::BasicRecover>(payload));
            reply(wire::BasicRecoverOk{});
            break;
        case wire::BasicRecoverAsync::id.method_id:
            channel_->recover({.requeue = read_method<wire::BasicRecoverAsync>(payload).requeue});
            break;
        default: refuse_unimplemented(payload);
    }
}

void PeerChannel::get(const wire::BasicGet& method) {
    const std::optional<Got> got = channel_->get(method);
    if (!got) {
        reply(wire::BasicGetEmpty{});
        return;
    }
    reply(wire::BasicGetOk{.delivery_tag = got->delivery_tag,
                           .redelivered = got->redelivered || faults_.marks_redelivered(),
                           .exchange = got->message->exchange(),
                           .routing_key = got->message->routing_key(),
                           .message_count = got->message_count});
    output_.send_content(number_, got->message);
}

}  // namespace eventail::broker
