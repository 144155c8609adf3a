// Definitions, as rabbitmqctl export_definitions writes them: what an embedded broker takes of
// them.
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
    /// What the file has besides.
    std::vector<std::string> ignored = {};
};

/// Users need a `password`: what was exported has only hashes. @throws Error invalid_argument
Definitions read_definitions(const std::string& path);

}  // namespace eventail::tools
