// What a service declares on the broker, as data: exchanges, queues, bindings. Sends nothing.
// (protocol.md, "Topology")
#pragma once

#include "bus/envelope.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::bus {

/// What a service wants to receive. Keys may be topic patterns.
struct Subscription {
    std::string logical_service = {};
    std::vector<std::string> event_keys = {};
    std::vector<std::string> command_keys = {};  ///< of commands and results
    std::vector<std::string> config_keys = {};
    bool exclusive = false;  ///< events and commands on queues of this instance alone
};

/// A queue to declare, without arguments and not auto-delete, and its bindings.
struct QueuePlan {
    Source source = Source::events;
    /// Empty: named by the broker. AMQP lets the bindings that follow the declare on that channel
    /// name it by an empty name too.
    std::string name = {};
    bool is_durable = true;
    bool is_exclusive = false;
    std::string_view exchange = {};
    std::vector<std::string> routing_keys = {};  ///< one binding each, in order, none twice
};

struct Topology {
    /// To declare first: topic, durable.
    std::array<std::string_view, 4> exchanges = all_exchanges;
    /// In the order events, commands, configurations; those without keys are missing.
    std::vector<QueuePlan> queues = {};
};

/// Throws Error (invalid_argument) for what the broker could never take: an empty logical service,
/// a routing key or a queue name of more than 255 bytes.
Topology plan_topology(const Subscription& subscription);

}  // namespace eventail::bus
