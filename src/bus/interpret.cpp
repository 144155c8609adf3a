// The receiving half of the envelope: from deliveries and returned messages to what handlers get.
// Nothing that a peer sent is an exception here; what no handler may see is a Poison.
#include "bus/envelope.hpp"
#include "bus/envelope_headers.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace eventail::bus {
namespace {

/// Of whatever a peer chose, for a log: bounded, one line, without terminal escapes.
std::string printable(std::string_view text) {
    constexpr std::size_t max_bytes = 128;
    std::string result(text.substr(0, max_bytes));
    std::replace_if(
        result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    if (text.size() > max_bytes) result += "...";
    return result;
}

Poison poison(std::string_view reason, const amqp::Delivery& delivery) {
    std::string text = printable(reason);
    text += " (routing key '" + printable(delivery.routing_key) + '\'';
    if (const auto id = delivery.properties.message_id) {
        text += ", message id '" + printable(*id) + '\'';
    }
    return {text + ')'};
}

Decoded decode(const wire::Properties& properties, wire::Bytes body, const PayloadLimits& limits) {
    return decode_payload(properties.content_type.value_or(std::string_view()), body, limits);
}

wire::TableView headers_of(const wire::Properties& properties) {
    return properties.headers.value_or(wire::TableView());
}

std::string text_of(std::optional<std::string_view> property) {
    return std::string(property.value_or(std::string_view()));
}

/// Nothing for what the system's clock cannot express either, such as milliseconds.
std::optional<std::chrono::sys_seconds> time_of(std::optional<std::uint64_t> timestamp) {
    using std::chrono::seconds;
    constexpr auto latest =
        std::chrono::floor<seconds>(std::chrono::system_clock::time_point::max());
    if (!timestamp) return std::nullopt;
    if (*timestamp > static_cast<std::uint64_t>(latest.time_since_epoch().count())) {
        return std::nullopt;
    }
    return std::chrono::sys_seconds(seconds(static_cast<std::int64_t>(*timestamp)));
}

Metadata metadata_of(const wire::Properties& properties) {
    return {.headers = further_headers(headers_of(properties)),
            .timestamp = time_of(properties.timestamp),
            .expiration = text_of(properties.expiration),
            .user_id = text_of(properties.user_id),
            .app_id = text_of(properties.app_id),
            .message_id = text_of(properties.message_id)};
}

Incoming command_or_result(const amqp::Delivery& delivery, Message message) {
    const wire::Properties& properties = delivery.properties;
    std::string correlation_id = text_of(properties.correlation_id);
    if (std::string reply_to = text_of(properties.reply_to); !reply_to.empty()) {
        return Command{std::move(message), std::move(reply_to), std::move(correlation_id)};
    }
    const auto status = headers_of(properties).find(status_header);
    if (!status) return poison("neither reply_to nor status", delivery);
    const bool is_success = status->as_text() == status_success;
    if (!is_success && status->as_text() != status_error) {
        return poison("status is neither success nor error", delivery);
    }
    return Result{std::move(message), std::move(correlation_id), is_success};
}

}  // namespace

Incoming interpret(const amqp::Delivery& delivery, Source source, std::uint64_t token,
                   const PayloadLimits& limits) {
    if (delivery.has_bad_properties) return poison("properties cannot be read", delivery);
    auto conversation_id = conversation_id_in(headers_of(delivery.properties));
    if (!conversation_id && source != Source::configurations) {
        return poison("conversation_id is missing", delivery);
    }
    if (delivery.oversized) {
        return poison("content of " + std::to_string(delivery.body_size) + " bytes is too large",
                      delivery);
    }
    Message message{.name = std::string(delivery.routing_key),
                    .conversation_id = std::move(conversation_id).value_or(std::string()),
                    .metadata = metadata_of(delivery.properties)};
    message.metadata.delivery_tag = token;
    message.metadata.is_redelivered = delivery.redelivered;
    Decoded content = decode(delivery.properties, delivery.body, limits);
    if (const auto* error = std::get_if<DecodeError>(&content)) {
        return poison(error->message(), delivery);
    }
    message.payload = std::get<Payload>(std::move(content));
    switch (source) {
        case Source::events: return Event{std::move(message)};
        case Source::configurations: return Configuration{std::move(message)};
        case Source::commands: break;
    }
    return command_or_result(delivery, std::move(message));
}

ReturnedMessage interpret_returned(const amqp::Returned& returned, const PayloadLimits& limits) {
    const wire::Properties& properties = returned.properties;
    ReturnedMessage message;
    message.name = returned.routing_key;
    message.conversation_id = conversation_id_in(headers_of(properties)).value_or(std::string());
    message.metadata = metadata_of(properties);
    message.exchange = returned.exchange;
    message.reply_to = text_of(properties.reply_to);
    message.correlation_id = text_of(properties.correlation_id);
    message.reply_code = returned.reply_code;
    message.reply_text = returned.reply_text;
    Decoded content = decode(properties, returned.body, limits);
    const bool is_readable = std::holds_alternative<Payload>(content);
    message.payload = is_readable ? std::get<Payload>(std::move(content)) : Payload(Value(nullptr));
    return message;
}

}  // namespace eventail::bus
