#include "tools/policy.hpp"

#include <eventail/error.hpp>
#include <eventail/payload.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>

namespace eventail::tools {

namespace {

std::chrono::milliseconds read_milliseconds(PayloadView value) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();  // as in RabbitMQ
    const auto count = value.get<std::uint64_t>();
    if (count > most) throw Error(Errc::out_of_range, "at most " + std::to_string(most) + " ms");
    return std::chrono::milliseconds(count);
}

void apply_to(BrokerPolicy& policy, std::string_view kind) {
    if (kind != "all" && kind != "queues" && kind != "exchanges") {
        throw Error(Errc::invalid_argument, "must be all, queues or exchanges");
    }
    policy.applies_to_queues = kind != "exchanges";
    policy.applies_to_exchanges = kind != "queues";
}

void read_setting(BrokerPolicy& policy, std::string_view key, PayloadView value) {
    if (key == "dead-letter-exchange") {
        policy.dead_letter_exchange = value.get<std::string>();
    } else if (key == "dead-letter-routing-key") {
        policy.dead_letter_routing_key = value.get<std::string>();
    } else if (key == "message-ttl") {
        policy.message_ttl = read_milliseconds(value);
    } else if (key == "expires") {
        policy.expires = read_milliseconds(value);
    } else if (key == "max-length") {
        policy.max_length = value.get<std::uint64_t>();
    } else if (key == "max-length-bytes") {
        policy.max_length_bytes = value.get<std::uint64_t>();
    } else if (key == "overflow") {
        policy.overflow = value.get<std::string>();
    } else if (key == "alternate-exchange") {
        policy.alternate_exchange = value.get<std::string>();
    } else if (key == "priority") {
        policy.priority = value.get<int>();
    } else if (key == "apply-to") {
        apply_to(policy, value.get<std::string_view>());
    } else {
        throw Error(Errc::invalid_argument, "not offered by this broker");
    }
}

void read_settings(BrokerPolicy& policy, PayloadView definition) {
    for (const auto& [key, value] : definition.entries()) {
        try {
            read_setting(policy, key, value);
        } catch (const Error& error) {
            throw Error(Errc::invalid_argument,
                        "policy " + policy.name + ": " + std::string(key) + ": " + error.what());
        }
    }
}

}  // namespace

BrokerPolicy read_policy(const std::string& name, const std::string& pattern,
                         const std::string& definition) {
    BrokerPolicy policy = {
        .name = name, .pattern = pattern, .applies_to_queues = true, .applies_to_exchanges = true};
    Payload settings;
    try {
        settings = Payload::from_json(definition);
    } catch (const Error& error) {
        throw Error(Errc::invalid_argument, "policy " + name + ": not JSON: " + error.what());
    }
    if (!settings.is_map()) {
        throw Error(Errc::invalid_argument, "policy " + name + ": not a JSON object");
    }
    read_settings(policy, settings);
    return policy;
}

BrokerPolicy read_policy(PayloadView entry) {
    BrokerPolicy policy = {.name = entry["name"].get<std::string>(),
                           .pattern = entry["pattern"].get<std::string>(),
                           .priority = entry.value("priority", 0)};
    apply_to(policy, entry.value("apply-to", std::string("all")));
    read_settings(policy, entry["definition"]);
    return policy;
}

}  // namespace eventail::tools
