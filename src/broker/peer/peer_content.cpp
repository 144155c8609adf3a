// Assembles published messages: basic.publish, content header, body frames.
#include "base/assert.hpp"
#include "broker/core/refusal.hpp"
#include "broker/peer/peer_channel.hpp"

#include <algorithm>

namespace eventail::broker {

namespace {

/// Blames the method for a fault in its content.
[[noreturn]] void refuse_content(wire::ReplyCode code, std::string_view reason) {
    throw wire::ProtocolError(code, text(wire::name(code), " - ", reason), wire::BasicPublish::id);
}

}  // namespace

void PeerChannel::begin_content(wire::Bytes payload) {
    read_method<wire::BasicPublish>(payload);
    method_.clear();
    method_.append(payload);
    expected_ = Expected::content_header;
}

void PeerChannel::handle_content_header(const wire::Frame& frame, TimePoint now) {
    constexpr std::string_view other_frame =
        "expected content header for class 60, got non content header frame instead";
    if (frame.type != wire::FrameType::header) {
        refuse_content(wire::ReplyCode::unexpected_frame, other_frame);
    }
    wire::Reader reader(frame.payload);
    constexpr std::size_t fixed_bytes = 14;
    if (frame.payload.size() < fixed_bytes) {
        refuse(wire::ReplyCode::frame_error, "a content header that is cut short");
    }
    const std::uint16_t class_id = reader.u16();
    if (reader.u16() != 0) refuse_content(wire::ReplyCode::unexpected_frame, other_frame);
    if (class_id != wire::BasicPublish::id.class_id) {
        refuse_content(wire::ReplyCode::unexpected_frame,
                       text("expected content header for class 60, got one for class ",
                            std::to_string(class_id), " instead"));
    }
    body_size_ = reader.u64();
    received_bytes_ = 0;
    properties_.clear();
    properties_.append(reader.rest());
    expected_ = Expected::content_body;
    if (body_size_ == 0) end_content(now);
}

void PeerChannel::handle_content_body(const wire::Frame& frame, TimePoint now) {
    if (frame.type != wire::FrameType::body) {
        refuse_content(wire::ReplyCode::unexpected_frame,
                       "expected content body, got non content body frame instead");
    }
    const std::size_t size = frame.payload.size();
    if (size > body_size_ - received_bytes_) {
        refuse_content(wire::ReplyCode::frame_error, "the body is longer than its header says");
    }
    received_bytes_ += size;
    const bool is_kept = channel_ != nullptr && body_size_ <= context_.options.max_message_bytes;
    if (is_kept) {
        if (context_.unfinished_bytes + size > context_.options.max_unfinished_bytes) {
            refuse_content(wire::ReplyCode::resource_error,
                           "too many bytes of unfinished messages");
        }
        // Grows to the received size, at most doubles, and never exceeds the announced size.
        if (body_.capacity() - body_.size() < size) {
            body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(
                body_size_, std::max(2 * body_.capacity(), body_.size() + size))));
        }
        body_.append(frame.payload);
        context_.unfinished_bytes += size;
    }
    if (received_bytes_ == body_size_) end_content(now);
}

void PeerChannel::end_content(TimePoint now) {
    EVENTAIL_ASSERT(expected_ == Expected::content_body && received_bytes_ == body_size_,
                    "a message is complete when its last body frame has come");
    expected_ = Expected::method;
    EVENTAIL_ASSERT(context_.unfinished_bytes >= body_.size(),
                    "bytes of unfinished messages are given back once");
    context_.unfinished_bytes -= body_.size();
    wire::Buffer body = std::move(body_);
    if (channel_ != nullptr) publish(std::move(body), now);
}

void PeerChannel::publish(wire::Buffer body, TimePoint now) {
    if (body_size_ > context_.options.max_message_bytes) {
        refuse_content(wire::ReplyCode::precondition_failed,
                       text("message size ", std::to_string(body_size_),
                            " is larger than configured max size ",
                            std::to_string(context_.options.max_message_bytes)));
    }
    const auto method = wire::decode_as<wire::BasicPublish>(method_.view());
    if (method.immediate) refuse_content(wire::ReplyCode::not_implemented, "immediate=true");
    Published published;
    try {
        published = channel_->publish(method, properties_.view(), std::move(body));
    } catch (const wire::ProtocolError& error) {
        // RabbitMQ answers unreadable properties with an internal error.
        if (error.code() != wire::ReplyCode::syntax_error) {
            throw wire::ProtocolError(error.code(), error.what(), wire::BasicPublish::id);
        }
        throw wire::ProtocolError(wire::ReplyCode::internal_error, "INTERNAL_ERROR");
    }
    if (published.fate == Fate::unroutable && method.mandatory) {
        send_return(published.message);
    }
    confirms_.settle(published.fate != Fate::rejected, faults_, now);
}

void PeerChannel::send_return(const MessagePtr& message) {
    reply(wire::BasicReturn{.reply_code = static_cast<std::uint16_t>(wire::ReplyCode::no_route),
                            .reply_text = wire::name(wire::ReplyCode::no_route),
                            .exchange = message->exchange(),
                            .routing_key = message->routing_key()});
    output_.send_content(number_, message);
}

}  // namespace eventail::broker
