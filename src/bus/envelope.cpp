#include "bus/envelope.hpp"

#include "base/thread_own.hpp"
#include "bus/envelope_headers.hpp"
#include "payload/cbor_utf8.hpp"
#include "wire/properties.hpp"
#include "wire/table.hpp"
#include "wire/writer.hpp"
#include <eventail/error.hpp>

namespace eventail::bus {
namespace {

bool is_result(const Outgoing& message) { return message.kind == Kind::result; }
bool is_command(const Outgoing& message) { return message.kind == Kind::command; }

[[noreturn]] void refuse(std::string_view field, std::string_view reason) {
    throw Error(Errc::invalid_argument, std::string(field) + ' ' + std::string(reason));
}

void check_short_text(std::string_view text, std::string_view field) {
    if (text.size() > max_short_text_bytes) refuse(field, "is longer than 255 bytes");
    if (!payload::is_utf8(text)) refuse(field, "is not UTF-8");
}

const Outgoing& checked(const Outgoing& message) {
    const std::string_view name_field = is_result(message) ? "the reply_to answered" : "the name";
    if (message.name.empty()) refuse(name_field, "must not be empty");
    check_short_text(message.name, name_field);
    if (is_command(message) && message.reply_to.empty()) {
        refuse("the reply_to of a command", "must not be empty");
    }
    check_short_text(message.content_type, "content_type");
    check_short_text(message.reply_to, "reply_to");
    check_short_text(message.correlation_id, "correlation_id");
    check_short_text(message.message_id, "message_id");
    check_short_text(message.app_id, "app_id");
    if (message.conversation_id.size() > max_conversation_id_bytes) {
        refuse("conversation_id", "is longer than 2048 bytes");
    }
    return message;
}

/// Valid until this thread prepares its next message.
wire::TableView encode_headers(const Outgoing& message) {
    auto& buffer = thread_own<wire::Buffer, struct HeaderBuffer>();
    buffer.clear();
    wire::Writer writer(buffer);
    if (is_result(message)) {
        writer.short_string(status_header);
        wire::append_field(buffer, message.is_success ? status_success : status_error);
    }
    writer.short_string(conversation_header);
    // An id received as bytes is passed on as bytes.
    if (payload::is_utf8(message.conversation_id)) {
        wire::append_field(buffer, message.conversation_id);
    } else {
        wire::append_field(buffer, wire::as_bytes(message.conversation_id));
    }
    return wire::TableView::trusted(buffer.view());
}

// Sends empty reply_to and correlation_id instead of leaving them out, as the Python services do.
wire::Properties properties_of(const Outgoing& message) {
    wire::Properties properties;
    if (message.kind == Kind::log) return properties;
    properties.content_type = message.content_type;
    properties.headers = encode_headers(message);
    properties.delivery_mode = message.is_persistent ? std::uint8_t{2} : std::uint8_t{1};
    properties.correlation_id =
        is_command(message) || is_result(message) ? message.correlation_id : std::string_view();
    // Peers would take a result with a reply_to for a command.
    properties.reply_to = is_command(message) ? message.reply_to : std::string_view();
    if (!message.message_id.empty()) properties.message_id = message.message_id;
    if (message.timestamp != 0) properties.timestamp = message.timestamp;
    if (!message.app_id.empty()) properties.app_id = message.app_id;
    return properties;
}

}  // namespace

std::string_view exchange_of(Kind kind) {
    switch (kind) {
        case Kind::event: return all_exchanges[0];
        case Kind::command:
        case Kind::result: return all_exchanges[1];
        case Kind::configuration: return all_exchanges[2];
        case Kind::log: break;
    }
    return all_exchanges[3];
}

std::string_view exchange_of(Source source) {
    return all_exchanges[static_cast<std::size_t>(source)];
}

std::string_view consumer_tag_of(Source source) { return exchange_of(source); }

std::optional<Source> source_of(std::string_view consumer_tag) {
    for (const Source source : {Source::events, Source::commands, Source::configurations}) {
        if (consumer_tag == consumer_tag_of(source)) return source;
    }
    return std::nullopt;
}

MessageHead::MessageHead(const Outgoing& message, std::uint16_t channel, std::size_t body_bytes)
    : publish_{.exchange = exchange_of(message.kind),
               .routing_key = checked(message).name,
               .mandatory = message.is_mandatory},
      header_{.body_size = body_bytes, .properties = properties_of(message)},
      frames_(channel, publish_, header_) {}

std::size_t encode_message(wire::Buffer& out, std::uint16_t channel, const Outgoing& message,
                           wire::Bytes body, std::size_t max_frame_bytes) {
    const MessageHead head(message, channel, body.size());
    head.write(out.grow(head.size_bytes()));
    return head.size_bytes() + wire::encode_body(out, channel, body, max_frame_bytes);
}

}  // namespace eventail::bus
