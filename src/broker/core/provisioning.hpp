// What the options of an embedded broker ask for, put into a core: virtual hosts, users, policies.
// What makes no sense is refused in words that name it.
#pragma once

#include <eventail/broker.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace eventail::broker {

class Core;

/// @throws Error invalid_argument: beyond loopback, with the login that everybody knows
void check_address(const BrokerOptions& options);
/// @throws Error invalid_argument
void provision(Core& core, const BrokerOptions& options);
/// @throws Error invalid_argument
void set_policy(Core& core, std::string_view host, const BrokerPolicy& policy);
/// `hosts` are those that there are. @throws Error invalid_argument
void add_user(Core& core, const BrokerUser& user, const std::vector<std::string>& hosts);

}  // namespace eventail::broker
