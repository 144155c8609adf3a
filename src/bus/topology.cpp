#include "bus/topology.hpp"

#include <eventail/error.hpp>

#include <string_view>
#include <unordered_set>

namespace eventail::bus {
namespace {

std::vector<std::string> each_once(const std::vector<std::string>& keys) {
    std::vector<std::string> result;
    std::unordered_set<std::string_view> seen;
    for (const std::string& key : keys) {
        if (key.size() > max_short_text_bytes) {
            throw Error(Errc::invalid_argument,
                        "the routing key '" + key.substr(0, 32) + "...' is longer than 255 bytes");
        }
        if (seen.insert(key).second) result.push_back(key);
    }
    return result;
}

QueuePlan shared_queue(const std::string& logical_service, Source source) {
    std::string name = logical_service + '.' + std::string(exchange_of(source));
    if (name.size() > max_short_text_bytes) {
        throw Error(Errc::invalid_argument, "the logical service's name is too long: the queue '" +
                                                name.substr(0, 32) +
                                                "...' would have more than 255 bytes");
    }
    return {.source = source, .name = std::move(name)};
}

QueuePlan exclusive_queue(Source source) {
    return {.source = source, .is_durable = false, .is_exclusive = true};
}

}  // namespace

Topology plan_topology(const Subscription& subscription) {
    if (subscription.logical_service.empty()) {
        throw Error(Errc::invalid_argument, "logical_service must not be empty");
    }
    Topology topology;
    const auto add = [&topology](QueuePlan queue, const std::vector<std::string>& keys) {
        if (keys.empty()) return;
        queue.exchange = exchange_of(queue.source);
        queue.routing_keys = each_once(keys);
        topology.queues.push_back(std::move(queue));
    };
    const auto business_queue = [&subscription](Source source) {
        return subscription.exclusive ? exclusive_queue(source)
                                      : shared_queue(subscription.logical_service, source);
    };
    add(business_queue(Source::events), subscription.event_keys);
    add(business_queue(Source::commands), subscription.command_keys);
    add(exclusive_queue(Source::configurations), subscription.config_keys);
    return topology;
}

}  // namespace eventail::bus
