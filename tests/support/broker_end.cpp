#include "support/broker_end.hpp"

#include "wire/properties.hpp"
#include "wire/to_text.hpp"

#include <algorithm>
#include <variant>

namespace eventail::test {
namespace {

template <typename... Lambdas>
struct Overloaded : Lambdas... {
    using Lambdas::operator()...;
};
template <typename... Lambdas>
Overloaded(Lambdas...) -> Overloaded<Lambdas...>;

}  // namespace

void BrokerEnd::open(std::uint32_t frame_max, std::uint16_t channel_max) {
    channel_max_ = channel_max;
    reader_ = wire::FrameReader(wire::default_frame_bytes, wire::StreamStart::protocol_header);
    frame_max_ = frame_max;
    to_send.clear();
    methods.clear();
    incoming_.clear();
    next_tags_.clear();
    send(0, wire::ConnectionStart{.mechanisms = wire::as_bytes("PLAIN EXTERNAL"),
                                  .locales = wire::as_bytes("en_US")});
}

void BrokerEnd::read(wire::Bytes bytes) {
    reader_.feed(bytes);
    while (const auto frame = reader_.next()) {
        Incoming& incoming = incoming_[frame->channel];
        std::size_t& largest = incoming.message.largest_frame_bytes;
        largest = std::max(largest, frame->payload.size() + wire::frame_overhead_bytes);
        if (frame->type == wire::FrameType::method) {
            handle_method(*frame);
        } else if (frame->type == wire::FrameType::header) {
            const auto header = wire::decode_content_header(frame->payload);
            incoming.message.message_id = header.properties.message_id.value_or("");
            incoming.missing_bytes = header.body_size;
            if (incoming.missing_bytes == 0) complete(frame->channel);
        } else if (frame->type == wire::FrameType::body) {
            incoming.message.body += wire::as_text(frame->payload);
            incoming.missing_bytes -= frame->payload.size();
            if (incoming.missing_bytes == 0) complete(frame->channel);
        }
    }
}

void BrokerEnd::complete(std::uint16_t channel) {
    published.push_back(std::move(incoming_[channel].message));
    incoming_.erase(channel);
}

void BrokerEnd::handle_method(const wire::Frame& frame) {
    const wire::Method method = wire::decode_method(frame.payload);
    if (instead && instead(frame.channel, method)) return;
    if (const auto* publish = std::get_if<wire::BasicPublish>(&method)) {
        std::uint64_t& tags = next_tags_[frame.channel];
        incoming_[frame.channel] = {
            .message = {.channel = frame.channel,
                        .tag = ++tags,
                        .exchange = std::string(publish->exchange),
                        .name = std::string(publish->routing_key),
                        .is_mandatory = publish->mandatory,
                        .largest_frame_bytes = frame.payload.size() + wire::frame_overhead_bytes}};
    } else if (const auto* ack = std::get_if<wire::BasicAck>(&method)) {
        settlements.push_back({.delivery_tag = ack->delivery_tag, .multiple = ack->multiple});
    } else if (const auto* nack = std::get_if<wire::BasicNack>(&method)) {
        settlements.push_back({.delivery_tag = nack->delivery_tag,
                               .verb = bus::Settlement::Verb::nack,
                               .requeue = nack->requeue,
                               .multiple = nack->multiple});
    } else if (const auto* reject = std::get_if<wire::BasicReject>(&method)) {
        settlements.push_back({.delivery_tag = reject->delivery_tag,
                               .verb = bus::Settlement::Verb::reject,
                               .requeue = reject->requeue});
    } else {
        methods.push_back(wire::to_text(method));
        answer(frame.channel, method);
    }
}

void BrokerEnd::answer(std::uint16_t channel, const wire::Method& method) {
    std::visit(
        Overloaded{[&](const wire::ConnectionStartOk&) {
                       send(0, wire::ConnectionTune{.channel_max = channel_max_,
                                                    .frame_max = frame_max_,
                                                    .heartbeat = 60});
                   },
                   [&](const wire::ConnectionOpen&) { send(0, wire::ConnectionOpenOk{}); },
                   [&](const wire::ConnectionClose&) { send(0, wire::ConnectionCloseOk{}); },
                   [&](const wire::ChannelOpen&) {
                       next_tags_[channel] = 0;
                       next_delivery_tag = 1;
                       send(channel, wire::ChannelOpenOk{});
                   },
                   [&](const wire::ChannelClose&) { send(channel, wire::ChannelCloseOk{}); },
                   [&](const wire::ExchangeDeclare&) { send(channel, wire::ExchangeDeclareOk{}); },
                   [&](const wire::QueueDeclare& declare) {
                       std::string name(declare.queue);
                       if (name.empty()) name = "amq.gen-" + std::to_string(++named_queues_);
                       send(channel, wire::QueueDeclareOk{.queue = name});
                   },
                   [&](const wire::QueueDelete&) { send(channel, wire::QueueDeleteOk{}); },
                   [&](const wire::QueueBind&) { send(channel, wire::QueueBindOk{}); },
                   [&](const wire::BasicQos&) { send(channel, wire::BasicQosOk{}); },
                   [&](const wire::BasicConsume& consume) {
                       send(channel, wire::BasicConsumeOk{.consumer_tag = consume.consumer_tag});
                   },
                   [&](const wire::BasicCancel& cancel) {
                       send(channel, wire::BasicCancelOk{.consumer_tag = cancel.consumer_tag});
                   },
                   [&](const wire::ConfirmSelect&) { send(channel, wire::ConfirmSelectOk{}); },
                   [](const auto&) {}},
        method);
}

}  // namespace eventail::test
