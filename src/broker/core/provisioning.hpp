// Sets up a core from the options of an embedded broker: virtual hosts, users, policies. Errors
// name the wrong option.
#pragma once

#include <eventail/broker.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace eventail::broker {

class Core;

/// @throws Error invalid_argument: guest:guest beyond loopback
void check_address(const BrokerOptions& options);
/// @throws Error invalid_argument
void provision(Core& core, const BrokerOptions& options);
/// @throws Error invalid_argument
void set_policy(Core& core, std::string_view host, const BrokerPolicy& policy);
/// `hosts` are all virtual hosts. @throws Error invalid_argument
void add_user(Core& core, const BrokerUser& user, const std::vector<std::string>& hosts);

}  // namespace eventail::broker
