// A message in the broker: immutable, and shared by all queues that hold it. Keeps the properties
// as the publisher's bytes. Reads once the fields that routing and queues need.
#pragma once

#include "broker/core/memory.hpp"
#include "wire/buffer.hpp"
#include "wire/properties.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::broker {

class Message;
using MessagePtr = std::shared_ptr<const Message>;
using BodyPtr = std::shared_ptr<const wire::Buffer>;

/// The exchange and routing keys of a published message.
struct Address {
    std::string exchange = {};
    std::string routing_key = {};
    /// Further routing keys, from the headers CC and BCC.
    std::vector<std::string> copies = {};
};

class Message {
public:
    /// The properties are encoded as in a content header. Throws wire::ProtocolError: 502 if they
    /// are malformed, 406 for an expiration or a delivery mode that RabbitMQ refuses.
    Message(std::shared_ptr<MemoryGauge> gauge, Address address, wire::Buffer properties,
            BodyPtr body);

    const std::string& exchange() const { return address_.exchange; }
    const std::string& routing_key() const { return address_.routing_key; }
    const std::vector<std::string>& copies() const { return address_.copies; }

    /// Flags and values as they follow the body size in a content header.
    wire::Bytes properties() const { return properties_.view(); }
    wire::Bytes body() const { return body_->view(); }
    const BodyPtr& shared_body() const { return body_; }

    /// The properties decoded again, as views into properties().
    wire::Properties decoded_properties() const { return wire::decode_properties(properties()); }
    /// The headers, empty if there are none.
    wire::TableView headers() const { return headers_; }

    std::optional<std::string_view> user_id() const { return user_id_; }
    bool is_persistent() const { return is_persistent_; }
    std::uint8_t priority() const { return priority_; }
    /// The publisher wants replies on its own channel, without a queue.
    bool wants_direct_reply() const { return wants_direct_reply_; }
    const std::optional<std::chrono::milliseconds>& expiration() const { return expiration_; }

private:
    Address address_;
    wire::Buffer properties_;
    BodyPtr body_;
    wire::TableView headers_;
    std::optional<std::string_view> user_id_;
    std::optional<std::chrono::milliseconds> expiration_;
    bool is_persistent_ = false;
    bool wants_direct_reply_ = false;
    std::uint8_t priority_ = 0;
    MemoryCharge charge_;
};

/// Makes a message from a client's publish: reads CC and BCC from the headers and removes BCC.
/// Throws wire::ProtocolError as Message does, and 406 if CC or BCC is not a list.
MessagePtr receive_message(const std::shared_ptr<MemoryGauge>& gauge, Address address,
                           wire::Bytes properties, wire::Buffer body);

/// Returns the message with an address for replies.
MessagePtr with_reply_to(const std::shared_ptr<MemoryGauge>& gauge, const Message& message,
                         std::string_view address);

/// Flags and values as in a content header.
wire::Buffer encode_properties(const wire::Properties& properties);

}  // namespace eventail::broker
