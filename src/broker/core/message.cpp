#include "broker/core/message.hpp"

#include "broker/core/header_fields.hpp"
#include "broker/core/refusal.hpp"
#include "broker/core/reply_addresses.hpp"
#include "wire/frame.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace eventail::broker {

namespace {

/// The object, its names and the overhead of its allocations.
constexpr std::size_t overhead_bytes = 512;

constexpr std::int64_t max_expiration = 315'360'000'000;  // ten years, as in RabbitMQ

[[noreturn]] void refuse_expiration(std::string_view given, std::string_view why) {
    refuse(wire::ReplyCode::precondition_failed, text("invalid expiration '", given, "': ", why));
}

std::chrono::milliseconds parse_expiration(std::string_view given) {
    std::int64_t value = 0;
    const char* const end = given.data() + given.size();
    const auto [rest, error] = std::from_chars(given.data(), end, value);
    if (error == std::errc::invalid_argument) refuse_expiration(given, "no_integer");
    if (rest != end) {
        refuse_expiration(given, text("{leftover_string,\"", std::string_view(rest, end), "\"}"));
    }
    if (error != std::errc{} || value > max_expiration) {
        refuse_expiration(given, text("{value_too_large,", given, "}"));
    }
    if (value < 0) refuse_expiration(given, text("{value_negative,", given, "}"));
    return std::chrono::milliseconds(value);
}

bool parse_persistence(std::optional<std::uint8_t> delivery_mode) {
    constexpr std::uint8_t transient = 1;
    constexpr std::uint8_t persistent = 2;
    const std::uint8_t mode = delivery_mode.value_or(transient);
    if (mode != transient && mode != persistent) {
        refuse(wire::ReplyCode::precondition_failed,
               text("invalid message: {delivery_mode_unknown,", std::to_string(mode), "}"));
    }
    return mode == persistent;
}

std::size_t bytes_of(const std::vector<std::string>& copies) {
    std::size_t bytes = 0;
    for (const std::string& copy : copies) bytes += sizeof(std::string) + copy.size();
    return bytes;
}

void append_copies(std::vector<std::string>& copies, wire::TableView headers,
                   std::string_view header) {
    const auto field = headers.find(header);
    if (!field) return;
    const auto keys = field->as_array();
    if (!keys) {
        refuse(wire::ReplyCode::precondition_failed,
               text("invalid message: {unacceptable_type_in_header,\"", header, "\",",
                    type_name(field->type()), "}"));
    }
    for (const wire::FieldView key : *keys) {
        if (key.type() == 'S') copies.emplace_back(*key.as_text());
    }
}

}  // namespace

Message::Message(std::shared_ptr<MemoryGauge> gauge, Address address, wire::Buffer properties,
                 BodyPtr body)
    : address_(std::move(address)),
      properties_(std::move(properties)),
      body_(std::move(body)),
      charge_(std::move(gauge),
              overhead_bytes + body_->size() + properties_.size() + bytes_of(address_.copies)) {
    const wire::Properties decoded = decoded_properties();
    if (decoded.headers) headers_ = *decoded.headers;
    user_id_ = decoded.user_id;
    if (decoded.expiration) expiration_ = parse_expiration(*decoded.expiration);
    is_persistent_ = parse_persistence(decoded.delivery_mode);
    priority_ = decoded.priority.value_or(0);
    wants_direct_reply_ = decoded.reply_to == reply_queue;
}

MessagePtr receive_message(const std::shared_ptr<MemoryGauge>& gauge, Address address,
                           wire::Bytes properties, wire::Buffer body) {
    wire::Buffer own_properties;
    own_properties.append(properties);
    auto shared_body = std::make_shared<wire::Buffer>(std::move(body));

    // Few messages have copies, so all others are decoded only once.
    auto message = std::make_shared<Message>(gauge, std::move(address), std::move(own_properties),
                                             shared_body);
    if (!message->headers().find("CC") && !message->headers().find("BCC")) return message;

    Address with_copies{message->exchange(), message->routing_key(), {}};
    append_copies(with_copies.copies, message->headers(), "CC");
    append_copies(with_copies.copies, message->headers(), "BCC");
    HeaderFields fields(message->headers());
    fields.remove("BCC");
    const wire::Buffer headers = fields.encode();
    wire::Properties visible = message->decoded_properties();
    visible.headers = wire::TableView::parse(headers.view());
    return std::make_shared<Message>(gauge, std::move(with_copies), encode_properties(visible),
                                     std::move(shared_body));
}

MessagePtr with_reply_to(const std::shared_ptr<MemoryGauge>& gauge, const Message& message,
                         std::string_view address) {
    wire::Properties properties = message.decoded_properties();
    properties.reply_to = address;
    return std::make_shared<Message>(
        gauge, Address{message.exchange(), message.routing_key(), message.copies()},
        encode_properties(properties), message.shared_body());
}

wire::Buffer encode_properties(const wire::Properties& properties) {
    constexpr std::size_t before = wire::frame_header_bytes + 12;
    wire::Buffer frame;
    wire::encode_content_header(frame, 0, {.properties = properties});
    wire::Buffer encoded;
    encoded.append(frame.view().subspan(before, frame.size() - before - 1));
    return encoded;
}

}  // namespace eventail::broker
