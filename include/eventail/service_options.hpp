// Options of a service; each has a default that suits production. Durations may be max(): for ever.
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

    /// Messages given to this instance and not yet acknowledged, per queue. More: faster, less
    /// evenly balanced, and a handler has the broker's consumer timeout (30 min) divided by it (and
    /// times handler_threads). 1 to 65535; at least handler_threads, to which it is raised.
    std::uint16_t prefetch_count = 3;

    /// How many calls of user code (handlers, timers, posted functions) may run at once. 1: one at
    /// a time in the thread of run(), no locks needed; best for short handlers. More: in that many
    /// threads besides that of run(), for handlers that wait, or compute for longer than some
    /// 50 µs. Messages begin in the order in which they came and end in any. on_ready,
    /// on_unconfigured and handlers of configurations run beside nothing else, except what began
    /// before the connection was lost. 1 to 1024.
    unsigned handler_threads = 1;

    std::chrono::seconds heartbeat{60};  ///< 0 to 65535; 0: off; the broker may ask for less
    /// How long an alarm of the broker may block publishing before the connection is given up.
    std::chrono::milliseconds blocked_timeout = std::chrono::hours{1};
    /// Before a message that the broker refused (nack) goes out again; doubles with each refusal,
    /// to 8 times this.
    std::chrono::milliseconds retry_delay = std::chrono::seconds{15};
    /// From stop() or a signal to the end of run(), at most, unless a handler is still running.
    std::chrono::milliseconds drain_timeout = std::chrono::seconds{30};
    /// The longest pause between attempts to connect; the first attempt is immediate.
    std::chrono::milliseconds max_reconnect_delay = std::chrono::seconds{30};
    /// For each of: resolving a name, connecting to an address, the TLS and the AMQP handshake.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{10};
    /// For the broker's answer to a declare, bind, consume …
    std::chrono::milliseconds request_timeout = std::chrono::seconds{30};

    /// Bounds of received and sent payloads; a message beyond them is dead-lettered, or an error at
    /// the call.
    PayloadLimits payload_limits = {};
    /// Memory for publications that are not yet confirmed. At the bound, publishing waits.
    std::size_t max_outbox_bytes = 64u << 20;
    /// How long publishing waits at that bound before it throws Errc::back_pressure. User code does
    /// not wait when the broker has refused the service for good, as the run then waits for it.
    std::chrono::milliseconds publish_timeout = std::chrono::seconds{30};

    /// Give what a handler publishes ids that follow from its message and the content: a handler
    /// that runs again for one message publishes the same under the same ids, and receivers can
    /// drop what they have had. Costs some 0.1 µs for each message, and 0.1 ms for a megabyte of
    /// content. Timers, other threads, and handlers whose message has an id of another library
    /// publish under counted ids.
    bool derived_message_ids = false;

    /// How often a second thread looks whether a handler still runs, to serve the connections
    /// meanwhile.
    std::chrono::milliseconds stand_in_interval{50};
    /// Stop on SIGINT, SIGTERM and SIGHUP. The program's own handlers are put back afterwards.
    bool handle_signals = true;
};

}  // namespace eventail
