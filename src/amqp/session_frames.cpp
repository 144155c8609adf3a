// Frames on an open connection: deliveries and confirms first, because they are the hot path, then
// replies, closed channels and the rest. (AMQP 0-9-1 reference, section 1.)
#include "amqp/session.hpp"

namespace eventail::amqp {

namespace {

// How many answers the broker may request without reading them.
constexpr std::size_t max_answers_waiting = 1000;

// A smaller room does not justify a separate read.
constexpr std::size_t min_room_bytes = 8 * 1024;

/// Throws for a method that does not belong here; names it if it exists at all.
[[noreturn]] void refuse_method(wire::Bytes payload, std::uint16_t channel) {
    throw std::visit(
        [channel](const auto& method) {
            return wire::ProtocolError(wire::ReplyCode::command_invalid,
                                       "an unexpected " + std::string(method.name) +
                                           " on channel " + std::to_string(channel),
                                       method.id);
        },
        wire::decode_method(payload));
}

}  // namespace

void Session::handle_connection_method(wire::Bytes payload, TimePoint now) {
    const wire::MethodId id = wire::peek_method_id(payload);
    if (id == wire::ConnectionClose::id) {
        handle_close(wire::decode_as<wire::ConnectionClose>(payload), now);
    } else if (id == wire::ConnectionBlocked::id) {
        const auto blocked = wire::decode_as<wire::ConnectionBlocked>(payload);
        is_blocked_ = true;
        events_.on_blocked(true, blocked.reason);
    } else if (id == wire::ConnectionUnblocked::id) {
        wire::decode_as<wire::ConnectionUnblocked>(payload);
        handle_unblocked(now);
    } else {
        refuse_method(payload, 0);
    }
}

void Session::handle_unblocked(TimePoint now) {
    is_blocked_ = false;
    for (auto& [number, channel] : channels_) {
        for (PendingRequest& request : channel.requests) {
            request.deadline = now + options_.request_timeout;
        }
    }
    events_.on_blocked(false, {});
}

void Session::handle_channel_frame(const wire::Frame& frame) {
    const auto found = channels_.find(frame.channel);
    if (found == channels_.end()) {
        throw wire::ProtocolError(
            wire::ReplyCode::channel_error,
            "a frame on channel " + std::to_string(frame.channel) + ", which is not open");
    }
    Channel& channel = found->second;
    if (channel.is_closing) {
        if (frame.type == wire::FrameType::method) {
            handle_closing_channel(frame.channel, channel, frame.payload);
        }
    } else if (frame.type == wire::FrameType::method) {
        handle_channel_method(frame.channel, channel, frame.payload);
    } else {
        const bool is_complete = frame.type == wire::FrameType::header
                                     ? channel.content.add_header(frame, options_.max_body_bytes)
                                     : channel.content.add_body(frame.payload, !frame.is_part);
        if (is_complete && frame.is_complete) hand_over(channel);
    }
}

void Session::handle_channel_method(std::uint16_t number, Channel& channel, wire::Bytes payload) {
    const wire::MethodId id = wire::peek_method_id(payload);
    if (channel.content.is_under_way()) {
        throw wire::ProtocolError(wire::ReplyCode::unexpected_frame,
                                  "a method in the middle of a message", id);
    }
    if (id == wire::BasicDeliver::id) {
        channel.content.begin_delivery(number, payload);
    } else if (id == wire::BasicAck::id) {
        const auto ack = wire::decode_as<wire::BasicAck>(payload);
        events_.on_confirm(number, ack.delivery_tag, ack.multiple, true);
    } else if (id == wire::BasicNack::id) {
        const auto nack = wire::decode_as<wire::BasicNack>(payload);
        events_.on_confirm(number, nack.delivery_tag, nack.multiple, false);
    } else if (id == wire::BasicReturn::id) {
        channel.content.begin_returned(number, payload);
    } else if (id == wire::BasicCancel::id) {
        handle_server_cancel(number, payload);
    } else if (id == wire::ChannelClose::id) {
        handle_channel_close(number, payload);
    } else if (id == wire::ChannelFlow::id) {
        handle_flow(number, payload);
    } else {
        handle_reply(number, channel, payload);
    }
}

/// After our channel.close, discards everything except its answer and a close that crossed it.
void Session::handle_closing_channel(std::uint16_t number, Channel& channel, wire::Bytes payload) {
    const wire::MethodId id = wire::peek_method_id(payload);
    if (id == wire::ChannelClose::id && !channel.is_crossing_close_answered) {
        channel.is_crossing_close_answered = true;
        queue(number, wire::ChannelCloseOk{});
    } else if (id == wire::ChannelCloseOk::id) {
        channels_.erase(number);
        events_.on_reply(number, wire::ChannelCloseOk{});
    }
}

void Session::handle_channel_close(std::uint16_t number, wire::Bytes payload) {
    const auto close = wire::decode_as<wire::ChannelClose>(payload);
    channels_.erase(number);
    queue(number, wire::ChannelCloseOk{});
    events_.on_channel_closed(number, static_cast<wire::ReplyCode>(close.reply_code),
                              close.reply_text);
}

/// RabbitMQ never sends it. A broker that does wants to slow publishers down: we answer, and leave
/// the slowing down to TCP.
void Session::handle_flow(std::uint16_t number, wire::Bytes payload) {
    const auto flow = wire::decode_as<wire::ChannelFlow>(payload);
    answer(number, wire::ChannelFlowOk{.active = flow.active});
}

void Session::handle_server_cancel(std::uint16_t number, wire::Bytes payload) {
    const auto cancel = wire::decode_as<wire::BasicCancel>(payload);
    if (!cancel.nowait) answer(number, wire::BasicCancelOk{.consumer_tag = cancel.consumer_tag});
    events_.on_consumer_cancelled(number, cancel.consumer_tag);
}

template <typename M>
void Session::answer(std::uint16_t channel, const M& method) {
    if (++answers_waiting_ > max_answers_waiting) {
        throw wire::ProtocolError(wire::ReplyCode::resource_error,
                                  "requests without reading our answers");
    }
    queue(channel, method);
}

void Session::handle_reply(std::uint16_t number, Channel& channel, wire::Bytes payload) {
    const wire::MethodId id = wire::peek_method_id(payload);
    const bool is_empty_get = id == wire::BasicGetEmpty::id;
    const wire::MethodId awaited = is_empty_get ? wire::BasicGetOk::id : id;
    if (channel.requests.empty() || channel.requests.front().reply != awaited) {
        refuse_method(payload, number);
    }
    channel.requests.pop_front();
    if (id == wire::BasicGetOk::id) {
        channel.content.begin_got(number, payload);
    } else {
        events_.on_reply(number, wire::decode_method(payload));
    }
}

Session::BodyRoom Session::body_room() {
    const std::size_t missing = reader_.missing_bytes();
    if (missing < min_room_bytes || is_deaf_ || state_ != State::open) return {};
    const auto found = channels_.find(reader_.parts_channel());
    if (found == channels_.end() || found->second.is_closing) return {};
    ContentAssembly& content = found->second.content;
    BodyRoom room{.bytes = content.body_room(missing)};
    const bool has_more_frames = content.missing_bytes() > missing;
    if (!room.bytes.empty() && has_more_frames) room.most_after = wire::frame_overhead_bytes;
    return room;
}

void Session::body_received(std::size_t count, TimePoint now) {
    last_received_ = now;
    reader_.skip(count);
    channels_.find(reader_.parts_channel())->second.content.body_written(count);
}

void Session::hand_over(Channel& channel) {
    if (channel.content.is_returned()) {
        events_.on_returned(channel.content.returned());
    } else {
        events_.on_delivery(channel.content.delivery());
    }
    channel.content.finish();
}

}  // namespace eventail::amqp
