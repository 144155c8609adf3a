// The x-arguments of queues and exchanges: reads and checks them as RabbitMQ 3.10 does, and
// compares them with those of an earlier declaration.
#pragma once

#include "broker/core/policy.hpp"
#include "broker/core/refusal.hpp"
#include "wire/table_view.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace eventail::broker {

/// The arguments of queue.declare.
struct QueueArguments {
    Settings settings = {};
    bool single_active_consumer = false;
    std::uint8_t max_priority = 0;
};

/// Throws wire::ProtocolError (406) for an invalid value. Ignores unknown arguments, as RabbitMQ
/// does.
QueueArguments read_queue_arguments(wire::TableView arguments, const ResourceName& queue);

/// Reads the alternate exchange, if there is one.
Settings read_exchange_arguments(wire::TableView arguments, const ResourceName& exchange);

/// The priority of a consumer (x-priority), 0 by default.
int read_consumer_priority(wire::TableView arguments, const ResourceName& queue);

/// The arguments in which two declarations must agree.
std::span<const std::string_view> queue_argument_names();
std::span<const std::string_view> exchange_argument_names();

/// Throws wire::ProtocolError (406) if one of the named arguments differs.
void require_equivalent(wire::TableView given, wire::TableView current,
                        std::span<const std::string_view> names, const ResourceName& resource);

/// The same for a flag or a type.
void require_equivalent(std::string_view given, std::string_view current, std::string_view name,
                        const ResourceName& resource);
void require_equivalent(bool given, bool current, std::string_view name,
                        const ResourceName& resource);

}  // namespace eventail::broker
