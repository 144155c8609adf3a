// A broker in memory and in the process of a test, for services that run on RabbitMQ in production.
// It is a library of its own: link eventail::broker.
#pragma once

#include <eventail/payload.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail {

struct BrokerUser {
    std::string name = {};
    std::string password = {};
    /// Permissions: regular expressions (PCRE), searched for in the names of exchanges and queues.
    /// An empty one allows nothing.
    std::string configure = ".*";
    std::string write = ".*";
    std::string read = ".*";
    /// Where the permissions hold; not set: in every virtual host. The user cannot enter others.
    /// For other permissions elsewhere, list the user again, with the same password.
    std::optional<std::vector<std::string>> virtual_hosts = {};
};

/// Like RabbitMQ's policies: the matching one with the highest priority counts.
struct BrokerPolicy {
    std::string name = {};
    std::string pattern = {};  ///< a regular expression (PCRE), searched for in the name
    int priority = 0;
    bool applies_to_queues = true;
    bool applies_to_exchanges = false;

    std::optional<std::string> dead_letter_exchange = {};
    std::optional<std::string> dead_letter_routing_key = {};
    std::optional<std::chrono::milliseconds> message_ttl = {};
    std::optional<std::chrono::milliseconds> expires = {};  ///< of an unused queue
    std::optional<std::uint64_t> max_length = {};
    std::optional<std::uint64_t> max_length_bytes = {};
    std::optional<std::string> overflow = {};  ///< drop-head, reject-publish, reject-publish-dlx
    std::optional<std::string> alternate_exchange = {};  ///< of an exchange
};

/// Files in PEM.
struct BrokerTls {
    std::string certificate_file = {};  ///< the chain, starting with the broker's certificate
    std::string key_file = {};
};

struct BrokerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: any free port
    /// If set, the port speaks only TLS.
    std::optional<BrokerTls> tls = {};

    std::vector<BrokerUser> users = {{.name = "guest", .password = "guest"}};
    std::vector<std::string> virtual_hosts = {"/"};
    std::vector<BrokerPolicy> policies = {};  ///< in every virtual host

    /// The limit for messages, queues and bindings. Above it publishers wait, as in RabbitMQ's
    /// memory alarm; above twice as much, dead letters are dropped and declarations refused (506).
    std::size_t memory_limit_bytes = std::size_t{256} << 20;
    std::chrono::seconds heartbeat{60};  ///< proposed to clients; 0: none
    std::uint32_t frame_max = 131072;
    std::uint16_t channel_max = 2047;
    std::uint64_t max_message_bytes = std::uint64_t{128} << 20;
    /// A delivery that is not acknowledged in this time closes its channel (406). 0: no limit.
    std::chrono::milliseconds consumer_timeout{std::chrono::minutes{30}};

    /// Gets a line for each connection that opens, closes or breaks the protocol. Called on the
    /// broker's thread; not called again once it has thrown.
    std::function<void(std::string_view)> log = {};
};

/// How a faulty broker confirms publications.
enum class ConfirmFault {
    none,
    delay,     ///< each comes `confirm_delay` late
    withhold,  ///< they never come
    nack,      ///< nacked, although the message was routed
    reorder,   ///< confirms within `confirm_delay` come together, the newest first
};

/// Faults of a connection, counted from the call, or from the beginning of the connection. A cut is
/// a lost connection: it sends no close, and drops bytes that are not yet written.
struct ConnectionFaults {
    std::optional<std::uint64_t> cut_after_bytes_read = {};
    std::optional<std::uint64_t> cut_after_bytes_written = {};
    std::optional<std::uint64_t> cut_after_frames_read = {};  ///< handled, but not answered
    std::optional<std::uint64_t> cut_after_frames_written = {};
    /// The broker neither reads nor writes: the connection is half open.
    bool is_stalled = false;
    /// All deliveries are marked as redelivered.
    bool is_marked_redelivered = false;
    ConfirmFault confirms = ConfirmFault::none;
    std::chrono::milliseconds confirm_delay{20};
};

struct BrokerQueue {
    std::string name = {};
    bool is_durable = false;
    bool is_exclusive = false;
    bool is_auto_delete = false;
    std::size_t ready_count = 0;
    std::size_t unacknowledged_count = 0;
    std::size_t consumer_count = 0;
};

struct BrokerBinding {
    std::string exchange = {};
    std::string destination = {};
    bool is_to_exchange = false;
    std::string routing_key = {};
};

struct BrokerConnection {
    std::uint64_t id = 0;   ///< counts the connections, as in the log
    std::string name = {};  ///< given by the client
    std::string user = {};
    std::string virtual_host = {};
    std::size_t channel_count = 0;
    std::uint64_t published_count = 0;
    bool is_blocked = false;
};

struct BrokerMessage {
    std::string exchange = {};
    std::string routing_key = {};
    std::string content_type = {};
    std::string body = {};

    Payload headers = {};  ///< all of them, as a map; text that is not UTF-8 is binary
    std::string content_encoding = {};
    std::string correlation_id = {};
    std::string reply_to = {};
    std::string expiration = {};  ///< milliseconds, as decimal text
    std::string message_id = {};
    std::string type = {};
    std::string user_id = {};
    std::string app_id = {};
    std::optional<std::uint8_t> priority = {};
    std::optional<std::chrono::sys_seconds> timestamp = {};
    bool is_persistent = false;

    /// The body as a service reads it: JSON if that is its content type, else CBOR.
    /// @throws Error invalid_payload: it is neither
    Payload payload() const;
};

/// What peek() found.
struct BrokerMessages : std::vector<BrokerMessage> {
    /// How many more are ready: peek() stopped at its limit.
    std::size_t further_count = 0;
};

/// Speaks AMQP 0-9-1 as RabbitMQ 3.10 does, on its own thread, and keeps everything in memory;
/// docs/broker.md lists the gaps. Call its members from any thread but the broker's own. Each
/// returns when its work is done. For unknown virtual hosts and queues they throw
/// std::out_of_range; after stop(), all but port() and url() throw Error (stopped).
class EmbeddedBroker {
public:
    /// The broker listens when this returns. @throws Error: it cannot listen on the address or read
    /// the certificate; or invalid_argument: an invalid policy or permission, or an address beyond
    /// loopback with guest:guest, which everybody knows
    explicit EmbeddedBroker(BrokerOptions options = {});
    ~EmbeddedBroker();
    EmbeddedBroker(const EmbeddedBroker&) = delete;
    EmbeddedBroker& operator=(const EmbeddedBroker&) = delete;

    std::uint16_t port() const;
    /// With the first user's login: `amqp://guest:guest@127.0.0.1:41234/%2F`.
    std::string url(std::string_view virtual_host = "/") const;
    /// Closes all connections as a broker that shuts down does. Nothing survives.
    void stop();
    /// As if killed and started again: cuts connections; only durable exchanges and queues, their
    /// bindings and their persistent messages survive.
    void restart();

    // --- inspection

    std::vector<BrokerQueue> queues(std::string_view virtual_host = "/") const;
    std::vector<BrokerBinding> bindings(std::string_view virtual_host = "/") const;
    std::vector<BrokerConnection> connections() const;
    /// The messages that are ready, from the head, at most `max_count`; they stay.
    BrokerMessages peek(std::string_view queue, std::size_t max_count = 100,
                        std::string_view virtual_host = "/") const;
    std::size_t held_bytes() const;

    // --- setup. The first user makes the declarations, and needs permission for them

    /// @throws Error invalid_argument: the pattern is not a regular expression, or takes too many
    /// steps on a name
    void set_policy(const BrokerPolicy& policy, std::string_view virtual_host = "/");
    void clear_policy(std::string_view name, std::string_view virtual_host = "/");
    /// @throws Error invalid_argument: a permission that is not a regular expression
    void add_user(const BrokerUser& user);
    /// Open connections stay open but lose all permissions.
    void remove_user(std::string_view name);
    /// Applies to messages published from now on.
    void set_max_message_bytes(std::uint64_t max_bytes);
    /// Applies to waiting deliveries too. 0: no limit.
    void set_consumer_timeout(std::chrono::milliseconds timeout);
    /// Durable. Type: topic, direct, fanout, headers. @throws Error precondition_failed
    void declare_exchange(std::string_view name, std::string_view type = "topic",
                          std::string_view virtual_host = "/");
    /// Durable, with a binding for each key. @throws Error precondition_failed, not_found
    void declare_queue(std::string_view name, std::string_view exchange = "",
                       const std::vector<std::string>& routing_keys = {},
                       std::string_view virtual_host = "/");
    std::size_t purge(std::string_view queue, std::string_view virtual_host = "/");
    /// Cancels its consumers.
    void delete_queue(std::string_view queue, std::string_view virtual_host = "/");

    // --- faults. `name` selects the connections whose name contains it; empty: all

    /// As an operator does: a close with the reply code 320.
    void close_connections(std::string_view reason, std::string_view name = "");
    void cut_connections(std::string_view name = "");
    /// Closes their channels with 406: unacknowledged messages are delivered again.
    void close_channels(std::string_view text, std::string_view name = "");
    /// As a failover does: clients get a basic.cancel.
    void cancel_consumers(std::string_view queue, std::string_view virtual_host = "/");
    /// Raises the memory alarm: publishers are not read until it is cleared.
    void raise_alarm();
    void clear_alarm();
    /// Closes new connections at once, until it is called with false.
    void refuse_connections(bool is_refusing = true);
    /// For present and future connections. Replaces the faults that an earlier call has set for the
    /// same name.
    void set_faults(const ConnectionFaults& faults, std::string_view name = "");
    void clear_faults();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace eventail
