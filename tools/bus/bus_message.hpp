// A message as it crossed the bus, with all that came with it; nothing in it is interpreted that
// could fail.
#pragma once

#include "amqp/session_events.hpp"
#include <eventail/payload.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::tools {

enum class MessageKind : unsigned char { event, command, result, configuration, log, invalid };

[[nodiscard]] std::string_view name_of(MessageKind kind);

struct BusMessage {
    std::chrono::system_clock::time_point received = {};
    std::string exchange = {};
    std::string routing_key = {};
    bool is_redelivered = false;
    std::uint64_t delivery_tag = 0;

    std::string content_type = {};
    std::string content_encoding = {};
    std::string correlation_id = {};
    std::string reply_to = {};
    std::string expiration = {};
    std::string message_id = {};
    std::string user_id = {};
    std::string app_id = {};
    std::optional<std::uint64_t> timestamp = {};  ///< seconds since 1970
    std::optional<std::uint8_t> priority = {};
    bool is_persistent = false;
    std::optional<std::string> conversation_id = {};
    std::optional<std::string> status = {};
    Payload headers = {};  ///< the others, as a map

    std::string body = {};
    /// Why the message is not all here: its body or header is larger than we take; empty: it is.
    std::string skipped = {};
    std::uint64_t body_bytes = 0;  ///< also of a body that was skipped

    /// As protocol.md, "Messages", tells them apart.
    [[nodiscard]] MessageKind kind() const;
    /// How much memory it takes, roughly.
    [[nodiscard]] std::size_t size_bytes() const;
};

[[nodiscard]] BusMessage to_message(const amqp::Delivery& delivery,
                                    std::chrono::system_clock::time_point now);

/// The content, or why it cannot be read.
struct Content {
    std::optional<Payload> payload = {};
    std::string refusal = {};
};
[[nodiscard]] Content content_of(const BusMessage& message);

}  // namespace eventail::tools
