// What a handler receives: events, commands, results, configurations, and messages that came back.
// Plain values: a copy stays valid after the handler has ended.
#pragma once

#include <eventail/payload.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace eventail {

/// What came with a message besides its content. Properties that the sender left out are empty.
struct Metadata {
    /// Every header but `conversation_id` and `status`, as a map; usually empty.
    Payload headers = {};
    std::optional<std::chrono::sys_seconds> timestamp = {};
    std::string content_encoding = {};  ///< such as `gzip`, which is never undone
    std::string expiration = {};        ///< milliseconds, as decimal text
    std::string user_id = {};
    std::string app_id = {};      ///< services of this library: their logical service
    std::string message_id = {};  ///< the same on every resend of one message
    /// Names this delivery to manual_ack() and manual_nack(). Unique for the life of the service.
    std::uint64_t delivery_token = 0;
    /// A hint: it may have been delivered before. Set after clean restarts as well.
    bool is_redelivered = false;
    /// How often it was delivered before, which quorum queues tell, and no others:
    /// `x-acquired-count`, or else `x-delivery-count`. A hint: the headers of a message may come
    /// from its publisher.
    std::optional<std::uint64_t> delivery_count = {};
};

/// What all messages have.
struct Message {
    std::string name = {};             ///< the routing key it came with
    std::string conversation_id = {};  ///< the handler's publications hand it on
    Payload payload = {};
    Metadata metadata = {};
};

/// A fact, to all subscribers.
struct Event : Message {};

/// A request to this logical service.
struct Command : Message {
    std::string reply_to = {};  ///< routing key of the answer; never empty
    std::string correlation_id = {};
};

/// The answer to a command that this logical service sent.
struct Result : Message {
    std::string correlation_id = {};
    bool is_success = true;  ///< `status` was `success`, not `error`
};

/// A named setting, to every instance that subscribed.
struct Configuration : Message {};

/// A mandatory message of ours that no queue received.
struct ReturnedMessage : Message {
    std::string exchange = {};
    std::string reply_to = {};
    std::string correlation_id = {};
    std::uint16_t reply_code =
        0;  ///< AMQP: 312 NO_ROUTE; or the code with which the broker refused it
    std::string reply_text = {};
};

}  // namespace eventail
