// The events that a session reports to its owner: messages, confirms, replies, and how it ended.
#pragma once

#include "wire/methods.hpp"
#include "wire/properties.hpp"
#include "wire/protocol_error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace eventail::amqp {

/// Why and how a session ended.
struct SessionEnd {
    enum class Cause {
        closed_by_us,          ///< our close was answered, or there was no one yet to answer it
        closed_by_server,      ///< connection.close received; `code` says why
        login_refused,         ///< 403 during the handshake, or no common mechanism
        virtual_host_refused,  ///< 402, 403 or 530 in place of open-ok
        transport_lost,        ///< the link went away
        protocol_error,        ///< the peer broke the protocol; our close carries `code`
        timed_out              ///< handshake, heartbeat, a request, or the closing handshake
    };
    Cause cause = Cause::transport_lost;
    wire::ReplyCode code = wire::ReplyCode::success;
    std::string text = {};  ///< one printable line, without secrets
    /// Of the message that was arriving when either side closed for an error; empty if none was.
    std::string consumer_tag = {};
};

/// A message as the broker sent it. All views are valid only during the call that hands it over.
struct Delivery {
    std::uint16_t channel = 0;
    std::string_view consumer_tag = {};  ///< empty: the answer to a basic.get
    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
    std::string_view exchange = {};
    std::string_view routing_key = {};
    wire::Properties properties = {};
    wire::Bytes body = {};
    /// Holds just `body`, or null. The receiver may move from it and put an empty one in its place,
    /// to be filled next.
    wire::Buffer* own_body = nullptr;
    std::uint64_t body_size = 0;      ///< as announced; differs from body.size() only when skipped
    bool oversized = false;           ///< body was longer than max_body_bytes and has been skipped
    bool has_bad_properties = false;  ///< unreadable, and empty here
    /// The size of a content header that exceeded max_header_bytes; it was skipped with the body,
    /// so properties and body are empty here. 0: the header was read.
    std::uint32_t skipped_header_bytes = 0;
};

/// A mandatory message that the broker returned because it had no route. Views as in Delivery. A
/// body longer than max_body_bytes is empty; properties and body are empty after a header beyond
/// max_header_bytes.
struct Returned {
    std::uint16_t channel = 0;
    std::uint16_t reply_code = 0;
    std::string_view reply_text = {};
    std::string_view exchange = {};
    std::string_view routing_key = {};
    wire::Properties properties = {};
    wire::Bytes body = {};
};

/// The reports of a session, made from inside feed(), tick() and transport_lost() only.
/// Implementations may call the session (send, publish, close …), except for these three. They must
/// not destroy it, and must not throw.
class SessionEvents {
public:
    /// The handshake is done; channels may be opened.
    virtual void on_open() = 0;
    /// The answer to a request, in the order of that channel's requests (open-ok included).
    virtual void on_reply(std::uint16_t channel, const wire::Method& reply) = 0;
    /// A message for a consumer, or the answer to basic.get (on_reply brings BasicGetEmpty).
    virtual void on_delivery(const Delivery& delivery) = 0;
    virtual void on_returned(const Returned& returned) = 0;
    /// basic.ack (`is_ack`) or basic.nack from the broker: tags count per channel from 1.
    virtual void on_confirm(std::uint16_t channel, std::uint64_t tag, bool multiple,
                            bool is_ack) = 0;
    /// The broker cancelled a consumer (queue deleted, failover).
    virtual void on_consumer_cancelled(std::uint16_t channel, std::string_view consumer_tag) = 0;
    /// The broker closed a channel. Its close-ok is already queued, so the id is free again.
    /// Requests on it that are still unanswered stay so. `text` is as the broker sent it.
    virtual void on_channel_closed(std::uint16_t channel, wire::ReplyCode code,
                                   std::string_view text) = 0;
    /// connection.blocked (with its reason) and connection.unblocked.
    virtual void on_blocked(bool is_blocked, std::string_view reason) = 0;
    /// Comes exactly once, and last.
    virtual void on_end(const SessionEnd& end) = 0;

protected:
    ~SessionEvents() = default;
};

}  // namespace eventail::amqp
