#include "broker/peer/peer.hpp"

#include "base/assert.hpp"
#include "broker/core/refusal.hpp"

#include <algorithm>
#include <utility>

namespace eventail::broker {

namespace {

constexpr wire::MethodId no_method{0, 0};

/// The text of a close, which begins with the name of its code, as in RabbitMQ.
std::string reply_text(const wire::ProtocolError& error) {
    constexpr std::size_t max_bytes = 255;
    const std::string_view reason = error.what();
    const std::string_view name = wire::name(error.code());
    std::string whole = reason.starts_with(name) ? std::string(reason) : text(name, " - ", reason);
    if (whole.size() > max_bytes) whole.resize(max_bytes);
    return whole;
}

/// The method in a frame, as far as it is readable.
wire::MethodId method_of(const wire::Frame& frame) {
    const bool is_method =
        frame.type == wire::FrameType::method && frame.payload.size() >= 2 * sizeof(std::uint16_t);
    return is_method ? wire::peek_method_id(frame.payload) : no_method;
}

}  // namespace

Peer::Peer(PeerContext& context, PeerTransport& transport, TimePoint now)
    : context_(context),
      transport_(transport),
      id_(++context.peer_count),
      deadline_(now + context.options.handshake_timeout),
      last_received_(now),
      last_written_(now),
      last_progress_(now),
      reader_(wire::min_frame_bytes + wire::frame_overhead_bytes,
              wire::StreamStart::protocol_header),
      output_(context.spares) {
    take_fault_rules();
}

Peer::~Peer() { forget_channels(); }

void Peer::feed(wire::Bytes bytes, TimePoint now) {
    if (state_ == State::closed || state_ == State::finished) return;
    bytes = bytes.first(faults_.admit_bytes(bytes.size()));
    if (!bytes.empty()) last_received_ = now;
    if (!is_deaf_) {
        try {
            reader_.feed(bytes);
            if (state_ == State::awaiting_header && reader_.peer_header()) handle_header();
            handle_frames_of(reader_, now);
        } catch (const wire::ProtocolError& error) {
            is_deaf_ = true;
            if (state_ == State::awaiting_header) {
                output_.send_protocol_header();
                drop_client("not an AMQP client");
            } else {
                fail(error, error.method().value_or(no_method), now);
            }
        }
    }
    flush_confirms(now);
    if (faults_.is_out_of_bytes()) cut("cut by script");
}

void Peer::handle_frame(const wire::Frame& frame, TimePoint now) {
    if (is_waiting()) {
        keep_for_later(frame);
        return;
    }
    try {
        if (state_ == State::closing) {
            handle_while_closing(frame);
        } else if (frame.channel != 0) {
            handle_channel_frame(frame, now);
        } else if (frame.type != wire::FrameType::heartbeat) {
            handle_connection_frame(frame, now);
        }
    } catch (const UnknownMethod&) {
        drop_client("the client sent an unknown method");
    } catch (const wire::ProtocolError& error) {
        fail(error, error.method().value_or(method_of(frame)), now);
    }
    is_handling_method_ = false;
    send_cancels();
    faults_.count_frame();
    if (faults_.is_out_of_frames()) cut("cut by script");
}

void Peer::handle_channel_frame(const wire::Frame& frame, TimePoint now) {
    if (state_ != State::running) {
        refuse(wire::ReplyCode::unexpected_frame, "a frame on a channel before connection.open");
    }
    const auto found = channels_.find(frame.channel);
    if (found == channels_.end()) {
        open_channel(frame);
        return;
    }
    PeerChannel& channel = found->second;
    const bool was_amid_content = channel.is_amid_content();
    is_handling_method_ = true;
    guard(channel, method_of(frame), now, [&] { channel.handle(frame, now); });
    if (channel.is_busy()) busy_channel_ = frame.channel;
    if (channel.is_amid_content() && !was_amid_content) {
        ++published_count_;
        if (last_publishing_channel_ != frame.channel) flush_confirms(now);
        last_publishing_channel_ = frame.channel;
        if (context_.core.is_alarmed()) block();
    }
    if (channel.is_closed()) channels_.erase(frame.channel);
}

/// An error of the channel closes only the channel.
template <typename Step>
void Peer::guard(PeerChannel& channel, wire::MethodId culprit, TimePoint now, Step step) {
    try {
        step();
    } catch (const wire::ProtocolError& error) {
        if (wire::is_hard(error.code())) throw;
        const std::string text = reply_text(error);
        transport_.log("channel " + std::to_string(channel.number()) + " closed: " + text);
        channel.close(error.code(), text, error.method().value_or(culprit), now);
    }
}

// Does a part of a longer operation; other clients get served before the next part.
void Peer::go_on(TimePoint now) {
    const auto found = channels_.find(busy_channel_);
    if (found != channels_.end() && found->second.is_busy()) {
        guard(found->second, no_method, now, [&] { found->second.go_on(); });
        if (found->second.is_busy()) return;
    }
    busy_channel_ = 0;
    last_received_ = now;
    handle_what_waited(now);
}

void Peer::open_channel(const wire::Frame& frame) {
    if (channel_max_ != 0 && channels_.size() >= channel_max_) {
        throw wire::ProtocolError(
            wire::ReplyCode::not_allowed,
            text("number of channels opened (", std::to_string(channels_.size()),
                 ") has reached the negotiated channel_max (", std::to_string(channel_max_), ")"),
            no_method);
    }
    if (frame.type != wire::FrameType::method) {
        refuse(wire::ReplyCode::unexpected_frame,
               "expected method frame, got non method frame instead");
    }
    if (wire::peek_method_id(frame.payload) != wire::ChannelOpen::id) {
        try {
            wire::decode_method(frame.payload);
        } catch (const wire::ProtocolError& error) {
            if (error.code() == wire::ReplyCode::not_implemented) throw UnknownMethod();
        }
        refuse(wire::ReplyCode::channel_error, "expected 'channel.open'");
    }
    read_method<wire::ChannelOpen>(frame.payload);
    channels_.try_emplace(frame.channel, *connection_, frame.channel, context_, output_, faults_);
    output_.send(frame.channel, wire::ChannelOpenOk{});
}

void Peer::handle_connection_frame(const wire::Frame& frame, TimePoint now) {
    if (frame.type != wire::FrameType::method) {
        refuse(wire::ReplyCode::unexpected_frame, "a frame on channel 0 that holds no method");
    }
    const wire::MethodId id = wire::peek_method_id(frame.payload);
    if (state_ != State::running) {
        handle_handshake(id, frame.payload, now);
    } else if (id == wire::ConnectionClose::id) {
        handle_client_close(frame.payload, now);
    } else if (id == wire::ConnectionUpdateSecret::id) {
        read_method<wire::ConnectionUpdateSecret>(frame.payload);
        output_.send(0, wire::ConnectionUpdateSecretOk{});
    } else {
        try {
            wire::decode_method(frame.payload);
        } catch (const wire::ProtocolError& error) {
            if (error.code() == wire::ReplyCode::not_implemented) throw UnknownMethod();
            throw wire::ProtocolError(wire::ReplyCode::frame_error, error.what(), id);
        }
        refuse(wire::ReplyCode::channel_error, "unexpected method in connection state running");
    }
}

// Closing a socket with unread input resets it, and the reset can destroy our close-ok on its way.
// So we let the client, which may still have frames under way, close the socket first.
void Peer::handle_client_close(wire::Bytes payload, TimePoint now) {
    const auto method = read_method<wire::ConnectionClose>(payload);
    transport_.log(text("ended: closed by the client: ", std::to_string(method.reply_code), " ",
                        method.reply_text));
    output_.send(0, wire::ConnectionCloseOk{});
    forget_channels();
    state_ = State::closed;
    is_deaf_ = true;
    deadline_ = now + context_.options.close_timeout;
}

void Peer::handle_while_closing(const wire::Frame& frame) {
    const wire::MethodId id = method_of(frame);
    if (frame.channel != 0) return;
    if (id == wire::ConnectionClose::id) output_.send(0, wire::ConnectionCloseOk{});
    if (id == wire::ConnectionCloseOk::id) drop_client("closed");
}

void Peer::fail(const wire::ProtocolError& error, wire::MethodId culprit, TimePoint now) {
    // During the handshake RabbitMQ explains only refused virtual hosts.
    const bool may_be_told =
        state_ == State::running || (state_ == State::opening && connection_ == nullptr &&
                                     error.code() == wire::ReplyCode::not_allowed);
    const std::string text = reply_text(error);
    if (state_ == State::closing) {
        if (is_deaf_) deadline_ = std::min(deadline_, now + context_.options.close_timeout);
    } else if (may_be_told) {
        start_closing(error.code(), text, culprit, now);
    } else {
        drop_client("handshake failed: " + text);
    }
}

void Peer::start_closing(wire::ReplyCode code, std::string_view text, wire::MethodId culprit,
                         TimePoint now) {
    transport_.log(broker::text("closing: ", text));
    flush_confirms(now);
    forget_channels();
    output_.send(0, wire::ConnectionClose{.reply_code = static_cast<std::uint16_t>(code),
                                          .reply_text = text,
                                          .class_id = culprit.class_id,
                                          .method_id = culprit.method_id});
    state_ = State::closing;
    is_blocked_ = false;
    waiting_ = {};
    deadline_ = now + context_.options.close_timeout;
}

void Peer::close(std::string_view reason, TimePoint now) {
    if (state_ != State::running) {
        cut(reason);
        return;
    }
    const std::string whole =
        text(wire::name(wire::ReplyCode::connection_forced), " - ", reason.substr(0, 200));
    start_closing(wire::ReplyCode::connection_forced, whole, no_method, now);
}

void Peer::close_channels(wire::ReplyCode code, std::string_view text, TimePoint now) {
    for (auto& [number, channel] : channels_) {
        channel.close(code, text.substr(0, 255), no_method, now);
    }
}

void Peer::cut(std::string_view why) {
    output_.drop();
    drop_client(why);
}

void Peer::drop_client(std::string_view why) {
    if (state_ == State::finished) return;
    if (state_ != State::closed) transport_.log(text("ended: ", why));
    forget_channels();
    state_ = State::finished;
    is_deaf_ = true;
    is_blocked_ = false;
    waiting_ = {};
}

bool Peer::is_finished() const {
    return state_ == State::finished && (output_.empty() || output_.is_limit_reached());
}

void Peer::forget_channels() {
    busy_channel_ = 0;
    is_resting_ = false;
    channels_.clear();
    connection_.reset();
    cancelled_.clear();
}

void Peer::take_fault_rules() {
    for (const FaultRule& rule : context_.fault_rules) {
        if (is_named(rule.name)) set_faults(rule.faults);
    }
}

void Peer::set_faults(const ConnectionFaults& faults) {
    faults_.set(faults, output_);
    if (output_.is_limit_reached()) cut("cut by script");
}

void Peer::deliver(const Delivery& delivery) {
    EVENTAIL_ASSERT(state_ == State::running && connection_ != nullptr,
                    "only a client that is in gets deliveries");
    EVENTAIL_ASSERT(channels_.contains(delivery.channel) &&
                        !channels_.find(delivery.channel)->second.is_closing(),
                    "deliveries go to channels that are open");
    output_.send(
        delivery.channel,
        wire::BasicDeliver{.consumer_tag = delivery.consumer_tag,
                           .delivery_tag = delivery.delivery_tag,
                           .redelivered = delivery.redelivered || faults_.marks_redelivered(),
                           .exchange = delivery.message->exchange(),
                           .routing_key = delivery.message->routing_key()});
    output_.send_content(delivery.channel, delivery.message);
    if (output_.size_bytes() >= context_.options.pause_output_bytes) connection_->pause();
    transport_.output_is_ready();
}

// A client that deletes a queue gets delete-ok before basic.cancel for its own consumers.
void Peer::consumer_cancelled(std::uint16_t channel, std::string_view consumer_tag) {
    if (!is_told_of_cancels_) return;
    cancelled_.push_back({channel, std::string(consumer_tag)});
    if (!is_handling_method_) send_cancels();
}

void Peer::send_cancels() {
    for (const CancelledConsumer& consumer : std::exchange(cancelled_, {})) {
        const auto channel = channels_.find(consumer.channel);
        if (channel == channels_.end() || channel->second.is_closing()) continue;
        output_.send(consumer.channel,
                     wire::BasicCancel{.consumer_tag = consumer.tag, .nowait = true});
        transport_.output_is_ready();
    }
}

}  // namespace eventail::broker
