#include "amqp/channel.hpp"

#include <cstring>
#include <string>

namespace eventail::amqp {

namespace {

constexpr std::size_t kept_body_bytes = 1u << 20;
constexpr std::size_t kept_header_bytes = 64 * 1024;

[[noreturn]] void refuse(wire::ReplyCode code, const std::string& text) {
    throw wire::ProtocolError(code, text);
}

}  // namespace

void ContentAssembly::begin_delivery(std::uint16_t channel, wire::Bytes deliver) {
    const auto method = wire::decode_as<wire::BasicDeliver>(keep_method(deliver));
    is_returned_ = false;
    delivery_ = {.channel = channel,
                 .consumer_tag = method.consumer_tag,
                 .delivery_tag = method.delivery_tag,
                 .redelivered = method.redelivered,
                 .exchange = method.exchange,
                 .routing_key = method.routing_key};
    expected_ = Expected::header;
}

void ContentAssembly::begin_got(std::uint16_t channel, wire::Bytes get_ok) {
    const auto method = wire::decode_as<wire::BasicGetOk>(keep_method(get_ok));
    is_returned_ = false;
    delivery_ = {.channel = channel,
                 .delivery_tag = method.delivery_tag,
                 .redelivered = method.redelivered,
                 .exchange = method.exchange,
                 .routing_key = method.routing_key};
    expected_ = Expected::header;
}

void ContentAssembly::begin_returned(std::uint16_t channel, wire::Bytes basic_return) {
    const auto method = wire::decode_as<wire::BasicReturn>(keep_method(basic_return));
    is_returned_ = true;
    reply_code_ = method.reply_code;
    reply_text_ = method.reply_text;
    delivery_ = {
        .channel = channel, .exchange = method.exchange, .routing_key = method.routing_key};
    expected_ = Expected::header;
}

bool ContentAssembly::add_header(const wire::Frame& frame, std::uint64_t max_body_bytes) {
    if (expected_ != Expected::header) {
        refuse(wire::ReplyCode::unexpected_frame, "a content header where none belongs");
    }
    header_.clear();
    header_.append(frame.payload);
    const wire::RawContentHeader header = wire::split_content_header(header_.view());
    if (frame.skipped_bytes == 0) [[likely]] {
        read_properties(header.properties);
    } else {
        delivery_.skipped_header_bytes =
            static_cast<std::uint32_t>(frame.payload.size()) + frame.skipped_bytes;
    }
    delivery_.body_size = header.body_size;
    delivery_.oversized = header.body_size > max_body_bytes;
    missing_ = header.body_size;
    expected_ = Expected::body;
    return missing_ == 0;
}

void ContentAssembly::read_properties(wire::Bytes properties) {
    // The broker relays properties without reading them. If bad ones ended the connection, the
    // message would come again and end the next one.
    try {
        delivery_.properties = wire::decode_properties(properties);
    } catch (const wire::ProtocolError&) {
        delivery_.has_bad_properties = true;
    }
}

bool ContentAssembly::add_body(wire::Bytes payload, bool is_whole_frame) {
    if (expected_ != Expected::body) {
        refuse(wire::ReplyCode::unexpected_frame, "a content body where none belongs");
    }
    if (payload.size() > missing_) {
        refuse(wire::ReplyCode::frame_error, "a body longer than the " +
                                                 std::to_string(delivery_.body_size) +
                                                 " bytes that its header announced");
    }
    if (is_whole_frame && payload.size() == delivery_.body_size) {
        missing_ = 0;
        if (is_body_kept()) delivery_.body = payload;
        return true;
    }
    if (!is_body_kept()) {
        missing_ -= payload.size();
    } else if (!payload.empty()) {
        std::memcpy(body_room(payload.size()).data(), payload.data(), payload.size());
        body_written(payload.size());
    }
    return missing_ == 0;
}

std::span<std::byte> ContentAssembly::body_room(std::size_t count) {
    if (expected_ != Expected::body || !is_body_kept() || count > missing_) return {};
    body_.reserve(static_cast<std::size_t>(delivery_.body_size));
    return {body_.data() + body_.size(), count};
}

void ContentAssembly::body_written(std::size_t count) {
    body_.grow(count);
    missing_ -= count;
    delivery_.body = body_.view();
    delivery_.own_body = &body_;
}

Returned ContentAssembly::returned() const {
    return {.channel = delivery_.channel,
            .reply_code = reply_code_,
            .reply_text = reply_text_,
            .exchange = delivery_.exchange,
            .routing_key = delivery_.routing_key,
            .properties = delivery_.properties,
            .body = delivery_.body};
}

void ContentAssembly::finish() {
    expected_ = Expected::nothing;
    const bool was_replaced = body_.data() != delivery_.body.data();
    if (!was_replaced && body_.capacity() > kept_body_bytes) body_ = {};
    body_.clear();
    if (header_.capacity() > kept_header_bytes) header_ = {};
}

wire::Bytes ContentAssembly::keep_method(wire::Bytes payload) {
    method_.clear();
    method_.append(payload);
    return method_.view();
}

}  // namespace eventail::amqp
