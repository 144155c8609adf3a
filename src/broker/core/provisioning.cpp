#include "broker/core/provisioning.hpp"

#include "broker/core/core.hpp"
#include <eventail/error.hpp>

#include <algorithm>
#include <optional>

namespace eventail::broker {

namespace {

Policy core_policy(const BrokerPolicy& policy) {
    std::optional<Overflow> overflow;
    if (policy.overflow == "drop-head") overflow = Overflow::drop_head;
    if (policy.overflow == "reject-publish") overflow = Overflow::reject_publish;
    if (policy.overflow == "reject-publish-dlx") overflow = Overflow::reject_publish_dlx;
    if (policy.overflow && !overflow) {
        throw Error(Errc::invalid_argument,
                    "policy " + policy.name + ": there is no overflow " + *policy.overflow);
    }
    ApplyTo apply_to = ApplyTo::all;
    if (!policy.applies_to_exchanges) apply_to = ApplyTo::queues;
    if (!policy.applies_to_queues) apply_to = ApplyTo::exchanges;
    // Step by step: GCC 12 destroys the members of a nested aggregate twice if a later initializer
    // of the outer one throws.
    Policy made;
    made.name = policy.name;
    made.pattern = policy.pattern;
    made.settings.dead_letter_exchange = policy.dead_letter_exchange;
    made.settings.dead_letter_routing_key = policy.dead_letter_routing_key;
    made.settings.message_ttl = policy.message_ttl;
    made.settings.expires = policy.expires;
    made.settings.max_length = policy.max_length;
    made.settings.max_length_bytes = policy.max_length_bytes;
    made.settings.overflow = overflow;
    made.settings.alternate_exchange = policy.alternate_exchange;
    made.priority = policy.priority;
    made.apply_to = apply_to;
    return made;
}

}  // namespace

void check_address(const BrokerOptions& options) {
    const bool is_loopback = options.address == "::1" || options.address.starts_with("127.");
    const bool is_everybodys = std::ranges::any_of(options.users, [](const BrokerUser& user) {
        return user.name == "guest" && user.password == "guest";
    });
    if (is_loopback || !is_everybodys) return;
    throw Error(Errc::invalid_argument, "not listening on " + options.address +
                                            ": the password of user guest is known to everybody; "
                                            "set users, or listen on 127.0.0.1");
}

void provision(Core& core, const BrokerOptions& options) {
    // A new core has guest, with all permissions.
    core.remove_user("guest");
    for (const std::string& host : options.virtual_hosts) {
        core.add_virtual_host(host);
        for (const BrokerPolicy& policy : options.policies) set_policy(core, host, policy);
    }
    for (const BrokerUser& user : options.users) add_user(core, user, options.virtual_hosts);
}

void set_policy(Core& core, std::string_view host, const BrokerPolicy& policy) {
    try {
        core.set_policy(host, core_policy(policy));
    } catch (const InvalidPattern& error) {
        throw Error(Errc::invalid_argument, "policy " + policy.name + ": " + error.what());
    } catch (const PatternGaveUp& error) {
        throw Error(Errc::invalid_argument, "policy " + policy.name + ": " + error.what());
    }
}

void add_user(Core& core, const BrokerUser& user, const std::vector<std::string>& hosts) {
    core.add_user({.name = user.name, .password = user.password});
    try {
        for (const std::string& host : user.virtual_hosts.value_or(hosts)) {
            core.set_permissions(
                user.name, host,
                {.configure = user.configure, .write = user.write, .read = user.read});
        }
    } catch (const InvalidPattern& error) {
        throw Error(Errc::invalid_argument,
                    "the permissions of user " + user.name + ": " + error.what());
    }
}

}  // namespace eventail::broker
