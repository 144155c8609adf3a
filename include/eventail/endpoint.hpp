// Publishing from programs that are not services: a web handler, a cron job, a legacy application.
#pragma once

#include <eventail/error.hpp>
#include <eventail/log.hpp>
#include <eventail/payload.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail {

struct EndpointOptions {
    /// Brokers of one cluster, tried in turn at each attempt to connect. RabbitMQ's URI syntax.
    std::vector<std::string> amqp_urls = {"amqp://localhost"};
    /// Who publishes: `app_id` of its messages, and part of the routing key of its logs. Must not
    /// be empty.
    std::string logical_service = {};
    /// How many more times the list of urls is gone through, a second apart, before a try of a
    /// publication counts as failed for lack of a connection.
    unsigned connection_max_retries = 0;
    /// Kept up while nobody publishes. 0: off; the broker may ask for less.
    std::chrono::seconds heartbeat{60};
    /// How long a confirm may take before the message is sent again, with the same message id. It
    /// runs while there is a connection to send on.
    std::chrono::milliseconds confirm_timeout = std::chrono::seconds{30};
    /// For each of: resolving a name, connecting to an address, the TLS and the AMQP handshake.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{10};
    /// Bounds of payloads; one beyond them is an error at the call.
    PayloadLimits payload_limits = {};
};

/// What to add to a publication of an endpoint.
struct EndpointPublishOptions {
    std::optional<std::string_view> conversation_id = std::nullopt;  ///< none: a new one
    /// How many more tries: the first one at once, the next after a second, then after two, three …
    /// at most thirty seconds. So with 3 a call fails after 3 s without a broker, with 10 after
    /// 45 s. std::nullopt: tries forever.
    std::optional<unsigned> max_retries = std::nullopt;
    bool mandatory = false;  ///< unroutable is an error (Errc::unroutable), not retried
};

/// A blocking publisher. Any number of threads may use one: they share a connection, and each waits
/// for its own confirms. It belongs to the process that made it: see Errc::forked.
///
/// The connection is made at the first publication or log, by a thread of its own that also keeps
/// up its heartbeats, and made again, when it was lost, for the next one. What the thread has to
/// say to people (connections lost and refused, alarms) goes to spdlog's logger "eventail".
class Endpoint {
public:
    /// Does not connect yet. @throws Error bad_url, invalid_argument
    explicit Endpoint(const EndpointOptions& options);
    Endpoint(std::vector<std::string> amqp_urls, std::string logical_service,
             unsigned connection_max_retries = 0);
    /// Sends the logs that wait and closes the connection cleanly, waiting at most two seconds. No
    /// call may be under way. In the child of a fork it does nothing.
    ~Endpoint();
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    /// Publishes an event, and returns when the broker has confirmed it.
    ///
    /// A nack, a lost connection, a connection that cannot be made and a confirm that does not come
    /// in time are failed tries; the message goes out again as EndpointPublishOptions::max_retries
    /// says, each time with the same message id, and a confirm of any copy counts. Subscribers may
    /// thus see it more than once. While the broker has an alarm (memory or disk), a
    /// call that tries for ever waits without losing tries; if tries are limited, confirm_timeout
    /// runs on.
    ///
    /// @throws Error, at the call: invalid_payload and the like, invalid_argument, forked; at once,
    /// for any max_retries, errors that more tries cannot mend: access_refused (login or virtual
    /// host on every url, or a permission), precondition_failed (an exchange exists with other
    /// arguments, or the broker refuses this message), unroutable; after the last try: not_sent
    /// (how many times it was tried and why it failed; it may still arrive, if only its confirm was
    /// lost)
    void publish_event(std::string_view name, Value payload,
                       const EndpointPublishOptions& options = {});
    /// As publish_event, to every instance that subscribed to the configuration. Persistent, as
    /// from a service; the Python endpoint's are transient.
    void publish_configuration(std::string_view name, Value payload,
                               const EndpointPublishOptions& options = {});
    /// Sends a log record. Never throws, never waits for the broker. What waits for a connection is
    /// bounded (1 MiB); what does not fit is dropped, and the local log says at the end how much.
    void log(Severity severity, std::string_view short_message,
             const LogOptions& options = {}) noexcept;
    /// From now on publishes that; CBOR before. A Payload, which is already encoded, stays as it
    /// is. @throws Error forked
    void set_encoding(Encoding encoding);

    struct Impl;  // src/service

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace eventail
