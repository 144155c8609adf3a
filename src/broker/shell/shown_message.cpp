#include "broker/shell/shown_message.hpp"

#include "broker/core/message.hpp"
#include "payload/from_table.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eventail {
namespace broker {

BrokerMessage shown(const Message& message) {
    const wire::Properties properties = message.decoded_properties();
    const auto text = [](const std::optional<std::string_view>& property) {
        return std::string(property.value_or(""));
    };
    BrokerMessage shown{
        .exchange = message.exchange(),
        .routing_key = message.routing_key(),
        .content_type = text(properties.content_type),
        .body = std::string(wire::as_text(message.body())),
        .headers = payload::from_table(message.headers(), [](std::string_view) { return true; }),
        .content_encoding = text(properties.content_encoding),
        .correlation_id = text(properties.correlation_id),
        .reply_to = text(properties.reply_to),
        .expiration = text(properties.expiration),
        .message_id = text(properties.message_id),
        .type = text(properties.type),
        .user_id = text(properties.user_id),
        .app_id = text(properties.app_id),
        .priority = properties.priority,
        .is_persistent = message.is_persistent()};
    if (properties.timestamp) {
        shown.timestamp = std::chrono::sys_seconds(std::chrono::seconds(
            static_cast<std::int64_t>(std::min(*properties.timestamp, std::uint64_t{1} << 40))));
    }
    return shown;
}

}  // namespace broker

Payload BrokerMessage::payload() const {
    if (content_type == "application/json") return Payload::from_json(body);
    return Payload::from_cbor(std::as_bytes(std::span(body)));
}

}  // namespace eventail
