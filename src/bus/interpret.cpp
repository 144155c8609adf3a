#include "bus/interpret.hpp"

#include "base/printable.hpp"
#include "bus/envelope_headers.hpp"
#include "payload/payload_codec.hpp"
#include "payload/payload_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace eventail::bus {
namespace {

/// A peer's text, cut to a length suitable for a log.
std::string shown(std::string_view text) {
    constexpr std::size_t max_bytes = 128;
    std::string result = printable(payload::clip(text, max_bytes));
    if (text.size() > max_bytes) result += "...";
    return result;
}

Poison poison(std::string_view reason, const amqp::Delivery& delivery) {
    const std::string_view id = delivery.properties.message_id.value_or("");
    std::string text = shown(reason);
    return {.reason = text + origin_of(delivery.routing_key, id, delivery.exchange),
            .subject = text + origin_of(delivery.routing_key, {}, delivery.exchange)};
}

wire::TableView headers_of(const wire::Properties& properties) {
    return properties.headers.value_or(wire::TableView());
}

/// The headers that the bus knows, found in one pass.
struct Headers {
    std::optional<wire::FieldView> conversation_id = {};
    std::optional<wire::FieldView> status = {};
    std::optional<std::int64_t> delivery_count = {};
    std::optional<std::int64_t> acquired_count = {};
    bool has_further = false;
};

Headers read_headers(wire::TableView table) {
    Headers headers;
    for (const auto& [name, field] : table) {
        if (name == conversation_header) {
            if (!headers.conversation_id) headers.conversation_id = field;
        } else if (name == status_header) {
            if (!headers.status) headers.status = field;
        } else {
            headers.has_further = true;
            if (name == delivery_count_header) headers.delivery_count = field.as_int64();
            if (name == acquired_count_header) headers.acquired_count = field.as_int64();
        }
    }
    return headers;
}

std::optional<std::uint64_t> delivery_count_of(const Headers& headers) {
    const auto count = headers.acquired_count ? headers.acquired_count : headers.delivery_count;
    if (!count || *count < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*count);
}

void assign(std::string& text, std::optional<std::string_view> property) {
    text.assign(property.value_or(std::string_view()));
}

/// Also nothing for a time that the system's clock cannot express, such as milliseconds.
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

/// Reads the parts that all kinds of messages share, except the content.
void read_message(const wire::Properties& properties, const Headers& headers, Message& message) {
    message.conversation_id.clear();
    if (headers.conversation_id) read_id(*headers.conversation_id, message.conversation_id);
    Metadata& metadata = message.metadata;
    metadata.headers = headers.has_further ? further_headers(headers_of(properties)) : Payload();
    metadata.delivery_count = delivery_count_of(headers);
    metadata.timestamp = time_of(properties.timestamp);
    assign(metadata.content_encoding, properties.content_encoding);
    assign(metadata.expiration, properties.expiration);
    assign(metadata.user_id, properties.user_id);
    assign(metadata.app_id, properties.app_id);
    assign(metadata.message_id, properties.message_id);
}

template <typename Kind>
Kind& become(Job& job) {
    if (Kind* const former = std::get_if<Kind>(&job.work)) return *former;
    return job.work.emplace<Kind>();
}

std::optional<Poison> begin_command_or_result(const amqp::Delivery& delivery,
                                              const Headers& headers, Job& job) {
    const wire::Properties& properties = delivery.properties;
    if (!properties.reply_to.value_or(std::string_view()).empty()) {
        Command& command = become<Command>(job);
        assign(command.reply_to, properties.reply_to);
        assign(command.correlation_id, properties.correlation_id);
        return std::nullopt;
    }
    if (!headers.status) return poison("neither reply_to nor status", delivery);
    const auto status = headers.status->as_text();
    if (status != status_success && status != status_error) {
        return poison("status is neither success nor error", delivery);
    }
    Result& result = become<Result>(job);
    assign(result.correlation_id, properties.correlation_id);
    result.is_success = status == status_success;
    return std::nullopt;
}

/// Keeping the content keeps its buffer, too, which may come from a larger message.
bool is_worth_its_buffer(const wire::Buffer& body) {
    constexpr std::size_t wasted_bytes = 65536;
    return body.capacity() <= 2 * body.size() + wasted_bytes;
}

std::optional<payload::DecodeError> read_content(const amqp::Delivery& delivery,
                                                 const PayloadLimits& limits, Job& job,
                                                 Payload& content) {
    auto block =
        job.spare_block ? std::move(job.spare_block) : std::make_unique<detail::PayloadBlock>();
    if (delivery.own_body != nullptr && is_worth_its_buffer(*delivery.own_body)) {
        block->original = std::move(*delivery.own_body);
    } else {
        block->original.append(delivery.body);
    }
    payload::Decoded decoded = payload::decode(
        delivery.properties.content_type.value_or(std::string_view()), std::move(block), limits);
    if (auto* const error = std::get_if<payload::DecodeError>(&decoded)) return std::move(*error);
    content = std::get<Payload>(std::move(decoded));
    return std::nullopt;
}

/// Whether this content encoding leaves content unchanged.
bool is_unchanged_by(std::string_view content_encoding) {
    constexpr std::array<std::string_view, 5> names{"", "utf-8", "utf8", "identity", "binary"};
    return std::ranges::any_of(names, [content_encoding](std::string_view name) {
        return std::ranges::equal(name, content_encoding, {}, {}, [](char c) {
            return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        });
    });
}

/// Why content cannot be decoded; compression explains it if there is any.
std::string reason_of(const payload::DecodeError& error, const amqp::Delivery& delivery) {
    const std::string_view encoding = delivery.properties.content_encoding.value_or("");
    if (is_unchanged_by(encoding)) return error.message();
    return "undecodable payload: content_encoding is \"" + std::string(encoding) +
           "\", which is not supported: send the content without it";
}

}  // namespace

std::string origin_of(std::string_view routing_key, std::string_view message_id,
                      std::string_view exchange) {
    std::string text = " (";
    if (!exchange.empty()) text += "exchange '" + shown(exchange) + "', ";
    text += "routing key '" + shown(routing_key) + '\'';
    if (!message_id.empty()) text += ", message id '" + shown(message_id) + '\'';
    return text + ')';
}

std::optional<Poison> interpret(const amqp::Delivery& delivery, Source source, DeliveryToken token,
                                const PayloadLimits& limits, Job& job) {
    if (delivery.has_bad_properties) return poison("its properties cannot be read", delivery);
    if (delivery.skipped_header_bytes != 0) {
        return poison("cannot be read: its content header of " +
                          std::to_string(delivery.skipped_header_bytes) + " bytes is too large",
                      delivery);
    }
    const Headers headers = read_headers(headers_of(delivery.properties));
    if (!headers.conversation_id && source != Source::configurations) {
        return poison("conversation_id is missing", delivery);
    }
    if (delivery.oversized) {
        return poison("content of " + std::to_string(delivery.body_size) + " bytes is too large",
                      delivery);
    }
    job.token = token;
    switch (source) {
        case Source::events: become<Event>(job); break;
        case Source::configurations: become<Configuration>(job); break;
        case Source::commands:
            if (auto found = begin_command_or_result(delivery, headers, job)) return found;
            break;
    }
    Message& message = *message_of(job);
    if (const auto error = read_content(delivery, limits, job, message.payload)) {
        return poison(reason_of(*error, delivery), delivery);
    }
    message.name.assign(delivery.routing_key);
    read_message(delivery.properties, headers, message);
    // The handler's messages would carry it, and be refused.
    if (message.conversation_id.size() > max_conversation_id_bytes) {
        return poison("conversation_id of " + std::to_string(message.conversation_id.size()) +
                          " bytes is longer than " + std::to_string(max_conversation_id_bytes),
                      delivery);
    }
    message.metadata.delivery_token = token;
    message.metadata.is_redelivered = delivery.redelivered;
    return std::nullopt;
}

ReturnedMessage interpret_returned(const amqp::Returned& returned, const PayloadLimits& limits) {
    const wire::Properties& properties = returned.properties;
    ReturnedMessage message;
    message.name = returned.routing_key;
    read_message(properties, read_headers(headers_of(properties)), message);
    message.exchange = returned.exchange;
    assign(message.reply_to, properties.reply_to);
    assign(message.correlation_id, properties.correlation_id);
    message.reply_code = returned.reply_code;
    message.reply_text = returned.reply_text;
    payload::Decoded content = payload::decode(properties.content_type.value_or(std::string_view()),
                                               returned.body, limits);
    const bool is_readable = std::holds_alternative<Payload>(content);
    message.payload = is_readable ? std::get<Payload>(std::move(content)) : Payload(Value(nullptr));
    return message;
}

}  // namespace eventail::bus
