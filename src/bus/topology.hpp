// A service's declarations on the broker, as data: exchanges, queues, bindings. Sends nothing.
// (protocol.md, "Topology")
#pragma once

#include "bus/envelope.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::bus {

/// The messages that a service wants. Keys may be topic patterns.
struct Subscription {
    std::string logical_service = {};
    std::vector<std::string> event_keys = {};
    std::vector<std::string> command_keys = {};  ///< for commands and results
    std::vector<std::string> config_keys = {};
    bool exclusive = false;  ///< receives events and commands on queues of this instance only
};

/// A queue to declare, without arguments and not auto-delete, and its bindings.
struct QueuePlan {
    Source source = Source::events;
    /// Empty: named by the broker. In AMQP, bindings after the declare on that channel may also use
    /// the empty name.
    std::string name = {};
    bool is_durable = true;
    bool is_exclusive = false;
    std::string_view exchange = {};
    std::vector<std::string> routing_keys = {};  ///< one binding each, in order, without duplicates
};

struct Topology {
    /// Declared first, as durable topic exchanges.
    std::array<std::string_view, 4> exchanges = all_exchanges;
    /// In the order events, commands, configurations; queues without keys are left out.
    std::vector<QueuePlan> queues = {};
};

/// Throws Error (invalid_argument) for anything that no broker could accept: an empty logical
/// service, a routing key or a queue name of more than 255 bytes.
Topology plan_topology(const Subscription& subscription);

}  // namespace eventail::bus
