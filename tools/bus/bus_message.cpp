#include "tools/bus/bus_message.hpp"

#include "bus/envelope_headers.hpp"
#include "wire/buffer.hpp"
#include <eventail/error.hpp>

#include <span>

namespace eventail::tools {

namespace {

std::string text_of(const std::optional<std::string_view>& property) {
    return std::string(property.value_or(std::string_view()));
}

bool is_cbor(std::string_view content_type) {
    return content_type.substr(0, content_type.find(';')) == "application/cbor";
}

}  // namespace

std::string_view name_of(MessageKind kind) {
    switch (kind) {
        case MessageKind::event: return "event";
        case MessageKind::command: return "command";
        case MessageKind::result: return "result";
        case MessageKind::configuration: return "config";
        case MessageKind::log: return "log";
        case MessageKind::invalid: break;
    }
    return "invalid";
}

MessageKind BusMessage::kind() const {
    if (exchange == "events") return MessageKind::event;
    if (exchange == "configurations") return MessageKind::configuration;
    if (exchange == "logs") return MessageKind::log;
    if (!reply_to.empty()) return MessageKind::command;
    return status ? MessageKind::result : MessageKind::invalid;
}

std::size_t BusMessage::size_bytes() const {
    constexpr std::size_t usual = 512;
    return usual + body.size() + headers.bytes().size();
}

BusMessage to_message(const amqp::Delivery& delivery, std::chrono::system_clock::time_point now) {
    const wire::Properties& properties = delivery.properties;
    BusMessage message{.received = now,
                       .exchange = std::string(delivery.exchange),
                       .routing_key = std::string(delivery.routing_key),
                       .is_redelivered = delivery.redelivered,
                       .delivery_tag = delivery.delivery_tag,
                       .content_type = text_of(properties.content_type),
                       .content_encoding = text_of(properties.content_encoding),
                       .correlation_id = text_of(properties.correlation_id),
                       .reply_to = text_of(properties.reply_to),
                       .expiration = text_of(properties.expiration),
                       .message_id = text_of(properties.message_id),
                       .user_id = text_of(properties.user_id),
                       .app_id = text_of(properties.app_id),
                       .timestamp = properties.timestamp,
                       .priority = properties.priority,
                       .is_persistent = properties.delivery_mode == 2,
                       .body = std::string(wire::as_text(delivery.body)),
                       .body_bytes = delivery.body_size};
    if (properties.headers) {
        if (const auto field = properties.headers->find(bus::conversation_header)) {
            bus::read_id(*field, message.conversation_id.emplace());
        }
        if (const auto field = properties.headers->find(bus::status_header)) {
            message.status = std::string(field->as_text().value_or(std::string_view()));
        }
        message.headers = bus::further_headers(*properties.headers);
    }
    if (delivery.skipped_header_bytes > 0) {
        message.skipped = "a header of " + std::to_string(delivery.skipped_header_bytes) + " bytes";
    } else if (delivery.oversized) {
        message.skipped = "a body of " + std::to_string(delivery.body_size) + " bytes";
    } else if (delivery.has_bad_properties) {
        message.skipped = "properties that are not AMQP";
    }
    return message;
}

Content content_of(const BusMessage& message) {
    if (!message.skipped.empty()) return {.refusal = message.skipped};
    try {
        if (!is_cbor(message.content_type)) return {.payload = Payload::from_json(message.body)};
        return {.payload = Payload::from_cbor(std::as_bytes(std::span(message.body)))};
    } catch (const Error& error) {
        const bool has_encoding = !message.content_encoding.empty();
        return {.refusal = error.what() +
                           std::string(has_encoding ? "; its content encoding is " : "") +
                           message.content_encoding};
    }
}

}  // namespace eventail::tools
