// The part of RabbitMQ's definitions (rabbitmqctl export_definitions) that the embedded broker
// supports.
#pragma once

#include <eventail/broker.hpp>

#include <string>
#include <vector>

namespace eventail::tools {

struct Definitions {
    struct Policy {
        std::string virtual_host = {};
        BrokerPolicy policy = {};
    };

    std::vector<std::string> virtual_hosts = {};
    std::vector<BrokerUser> users = {};
    std::vector<Policy> policies = {};
    /// The ignored sections.
    std::vector<std::string> ignored = {};
};

/// Users need a `password`: exported files hold only hashes. @throws Error invalid_argument
Definitions read_definitions(const std::string& path);

}  // namespace eventail::tools
