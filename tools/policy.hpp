// Policies of the broker, in the form of rabbitmqctl set_policy and of RabbitMQ's definitions.
#pragma once

#include <eventail/broker.hpp>
#include <eventail/payload.hpp>

#include <string>

namespace eventail::tools {

/// `definition` is RabbitMQ's JSON, {"message-ttl": 5000, …}; it may also hold `priority` and
/// `apply-to`, which rabbitmqctl takes as options. @throws Error invalid_argument
BrokerPolicy read_policy(const std::string& name, const std::string& pattern,
                         const std::string& definition);

/// Reads an entry of `policies` in definitions. @throws Error, mostly invalid_argument
BrokerPolicy read_policy(PayloadView entry);

}  // namespace eventail::tools
