// Options of a service; each has a default that suits production. Durations may be max(): forever.
#pragma once

#include <eventail/payload.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eventail {

struct ServiceOptions {
    /// Brokers of one cluster, tried in turn at each attempt to connect. RabbitMQ's URI syntax.
    std::vector<std::string> amqp_urls = {"amqp://localhost"};
    /// The name that all instances share, and the prefix of their queues: 1 to 245 bytes of text.
    std::string logical_service = {};

    /// What to subscribe to. Empty: the keys given to on_event() and so on. Topic patterns are
    /// allowed.
    std::vector<std::string> event_routing_keys = {};
    std::vector<std::string> command_routing_keys = {};  ///< of commands and results
    std::vector<std::string> config_routing_keys = {};

    /// How many unacknowledged messages this instance may have, per queue. More: faster and less
    /// evenly balanced, and a handler has only the broker's consumer timeout (30 min) divided by it
    /// (and times handler_threads). 1 to 65535; raised to handler_threads if lower.
    std::uint16_t prefetch_count = 3;

    /// How many calls of user code (handlers, timers, posted functions) may run at once. 1: one at
    /// a time in the thread of run(), without locks; best for short handlers. More: in that many
    /// threads beside that of run(), for handlers that wait, or compute for more than about 50 µs.
    /// Messages begin in the order of arrival and end in any order. on_ready, on_unconfigured and
    /// handlers of configurations run alone, except for calls that began before the connection was
    /// lost. 1 to 1024.
    unsigned handler_threads = 1;

    std::chrono::seconds heartbeat{60};  ///< 0 to 65535; 0: off; the broker may ask for less
    /// How long an alarm of the broker may block publishing before the connection is given up.
    std::chrono::milliseconds blocked_timeout = std::chrono::hours{1};
    /// How long to wait before a message that the broker refused (nack) goes out again; doubles
    /// with each refusal, up to 8 times this.
    std::chrono::milliseconds retry_delay = std::chrono::seconds{15};
    /// The longest time from stop() or a signal to the end of run(), unless a handler still runs.
    /// With 0, messages that are not confirmed at that moment are abandoned, and run() throws.
    std::chrono::milliseconds drain_timeout = std::chrono::seconds{30};
    /// The longest pause between attempts to connect; the first attempt is immediate. While nobody
    /// listens at the address, at most 1.5 s.
    std::chrono::milliseconds max_reconnect_delay = std::chrono::seconds{30};
    /// The limit for each of: resolving a name, connecting to an address, the TLS and the AMQP
    /// handshake.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{10};
    /// The limit for the broker's answer to a declare, bind, consume …
    std::chrono::milliseconds request_timeout = std::chrono::seconds{30};

    /// Limits of received and sent payloads. A received message beyond them is dead-lettered;
    /// publishing beyond them is an error at the call.
    PayloadLimits payload_limits = {};
    /// Memory for publications that are not yet confirmed. At this limit, publishing waits.
    std::size_t max_outbox_bytes = 64u << 20;
    /// How long publishing waits at that limit before it throws Errc::back_pressure. User code does
    /// not wait if the broker has refused the service for good, because the run then waits for that
    /// code.
    std::chrono::milliseconds publish_timeout = std::chrono::seconds{30};

    /// Derives the ids of a handler's messages from its input and their content: a handler that
    /// runs again for one input publishes the same messages with the same ids, and receivers can
    /// drop duplicates. Costs about 0.1 µs for each message, and 0.1 ms for a megabyte of content.
    /// Timers, other threads, and handlers whose input has an id of another library publish with
    /// counted ids.
    bool derived_message_ids = false;

    /// How often a second thread checks whether a handler still runs, to serve the connections
    /// meanwhile.
    std::chrono::milliseconds stand_in_interval{50};
    /// Stop on SIGINT, SIGTERM and SIGHUP. Restores the program's own handlers afterwards.
    bool handle_signals = true;
};

}  // namespace eventail
