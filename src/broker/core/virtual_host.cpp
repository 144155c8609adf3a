#include "broker/core/virtual_host.hpp"

#include "base/assert.hpp"
#include "broker/core/connection.hpp"
#include "broker/core/dead_letter.hpp"
#include "broker/core/headers_match.hpp"
#include "broker/core/refusal.hpp"

#include <algorithm>
#include <utility>

namespace eventail::broker {

VirtualHost::VirtualHost(std::string name, Environment& environment)
    : name_(std::move(name)), environment_(environment), router_(*this) {
    using enum ExchangeType;
    for (const auto& [exchange, type, internal] :
         {std::tuple("", direct, false), std::tuple("amq.direct", direct, false),
          std::tuple("amq.fanout", fanout, false), std::tuple("amq.topic", topic, false),
          std::tuple("amq.headers", headers, false), std::tuple("amq.match", headers, false),
          std::tuple("amq.rabbitmq.trace", topic, true)}) {
        add_exchange({.name = exchange, .type = type, .durable = true, .internal = internal});
    }
}

Exchange* VirtualHost::find_exchange(std::string_view name) const {
    const auto found = exchanges_.find(name);
    return found == exchanges_.end() ? nullptr : found->second.get();
}

Queue* VirtualHost::find_queue(std::string_view name) const {
    const auto found = queues_.find(name);
    return found == queues_.end() ? nullptr : found->second.get();
}

Exchange& VirtualHost::exchange(std::string_view name) const {
    if (Exchange* const found = find_exchange(name)) return *found;
    refuse_missing({"exchange", name, name_});
}

Queue& VirtualHost::queue(std::string_view name) const {
    if (Queue* const found = find_queue(name)) return *found;
    refuse_missing({"queue", name, name_});
}

void VirtualHost::add_exchange(ExchangeDefinition definition) {
    environment_.require_room();
    std::string name = definition.name;
    auto exchange = std::make_unique<Exchange>(environment_.gauge(), std::move(definition));
    exchange->apply(policy_for(ApplyTo::exchanges, name));
    exchanges_.emplace(std::move(name), std::move(exchange));
    router_.forget();
}

Queue& VirtualHost::add_queue(QueueDefinition definition) {
    environment_.require_room();
    std::string name = definition.name;
    auto queue = std::make_shared<Queue>(*this, std::move(definition));
    queue->apply(policy_for(ApplyTo::queues, name));
    if (Connection* const owner = queue->definition().owner) owner->own(*queue);
    router_.forget();
    return *queues_.emplace(std::move(name), std::move(queue)).first->second;
}

void VirtualHost::delete_exchange(Exchange& exchange) {
    exchange.unbind_all();
    delete_unbound(take_out(exchange));
}

void VirtualHost::delete_queue(Queue& queue) {
    const std::shared_ptr<Queue> alive = queue.shared_from_this();
    if (Connection* const owner = queue.definition().owner) owner->disown(queue);
    queue.close();
    delete_unbound(take_out(queue));
}

std::vector<std::string> VirtualHost::take_out(BindingTarget& target) {
    std::vector<std::string> sources;
    while (!target.incoming().empty()) {
        const BindingTarget::Incoming incoming = target.incoming().back();
        incoming.source->unbind(incoming);
        // Most often one exchange follows upon itself, in any number.
        if (sources.empty() || sources.back() != incoming.source->name()) {
            sources.push_back(incoming.source->name());
        }
    }
    router_.forget();
    const std::size_t count = target.is_exchange() ? exchanges_.erase(std::string(target.name()))
                                                   : queues_.erase(std::string(target.name()));
    EVENTAIL_ASSERT(count == 1, "what leaves a virtual host was in it");
    static_cast<void>(count);
    return sources;
}

// A list instead of recursion: a client can chain any number of exchanges.
void VirtualHost::delete_unbound(std::vector<std::string> names) {
    while (!names.empty()) {
        Exchange* const exchange = find_exchange(names.back());
        names.pop_back();
        if (!exchange || !exchange->definition().auto_delete || exchange->has_bindings()) continue;
        for (std::string& source : take_out(*exchange)) names.push_back(std::move(source));
    }
}

void VirtualHost::bind(Exchange& source, BindingTarget& target, std::string_view routing_key,
                       wire::TableView arguments) {
    environment_.require_room();
    if (source.definition().type == ExchangeType::headers) check_headers_binding(arguments);
    if (source.bind(target, routing_key, arguments)) router_.forget();
}

void VirtualHost::unbind(Exchange& source, BindingTarget& target, std::string_view routing_key,
                         wire::TableView arguments) {
    if (!source.unbind(target, routing_key, arguments)) return;
    router_.forget();
    delete_unbound({source.name()});
}

void VirtualHost::deliver_replies(const Exchange& exchange, const MessagePtr& message) const {
    if (exchange.name().empty()) environment_.reply_addresses().deliver(message);
}

std::vector<std::string> VirtualHost::route(const Exchange& exchange, const MessagePtr& message) {
    deliver_replies(exchange, message);
    std::vector<std::string> queues;
    if (exchange.name().empty()) {
        queues = message->copies();
        queues.push_back(message->routing_key());
        std::erase_if(queues, is_reply_address);
        std::sort(queues.begin(), queues.end());
        queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
    } else {
        for (const Queue* const queue : router_.route(exchange, *message)) {
            queues.push_back(queue->name());
        }
    }
    return queues;
}

Fate VirtualHost::publish(const std::vector<std::string>& queues, const MessagePtr& message) {
    Fate fate = Fate::unroutable;
    for (const std::string& name : queues) {
        Queue* const queue = find_queue(name);
        if (queue == nullptr) continue;
        if (!queue->publish(message)) {
            fate = Fate::rejected;
        } else if (fate == Fate::unroutable) {
            fate = Fate::routed;
        }
    }
    return fate;
}

Fate VirtualHost::publish(const Exchange& exchange, const MessagePtr& message) {
    deliver_replies(exchange, message);
    const Route& route = router_.route(exchange, *message);
    Fate fate = route.empty() ? Fate::unroutable : Fate::routed;
    for (Queue* const queue : route) {
        if (!queue->publish(message)) fate = Fate::rejected;
    }
    return fate;
}

std::size_t VirtualHost::publish(const DeadLetter& letter) {
    const Exchange* const exchange = find_exchange(letter.exchange);
    if (!exchange) return 1;
    const MessagePtr message =
        bury(environment_.gauge(), *letter.message,
             {.reason = letter.reason, .queue = letter.queue, .date = letter.date},
             {letter.exchange, letter.routing_key});
    deliver_replies(*exchange, message);
    const Route& route = router_.route(*exchange, *message);
    for (Queue* const queue : route) {
        if (letter.reason == DeathReason::rejected || !is_in_circles(*message, queue->name())) {
            queue->publish(message);
        }
    }
    // Writing the history takes its length, and so does looking for a circle.
    constexpr std::size_t small_bytes = 256;
    return (1 + message->properties().size() / small_bytes) * (1 + route.size());
}

const Policy* VirtualHost::policy_for(ApplyTo kind, std::string_view name) const {
    try {
        return policies_.find(kind, name);
    } catch (const PatternGaveUp& error) {
        refuse(wire::ReplyCode::precondition_failed, text("policies: ", error.what()));
    }
}

void VirtualHost::set_policy(Policy policy) {
    const Pattern pattern(policy.pattern);
    for (const auto& [name, exchange] : exchanges_) pattern.is_found_in(name);
    for (const auto& [name, queue] : queues_) pattern.is_found_in(name);
    policies_.set(std::move(policy));
    apply_policies();
}

void VirtualHost::clear_policy(std::string_view name) {
    policies_.clear(name);
    apply_policies();
}

void VirtualHost::apply_policies() {
    for (const auto& [name, exchange] : exchanges_) {
        exchange->apply(policies_.find(ApplyTo::exchanges, name));
    }
    for (const auto& [name, queue] : queues_) {
        queue->apply(policies_.find(ApplyTo::queues, name));
    }
    router_.forget();
}

bool VirtualHost::is_consistent() const {
    std::size_t incoming_count = 0;
    for (const auto& [name, queue] : queues_) {
        incoming_count += queue->incoming().size();
        if (queue->name() != name || !queue->is_consistent()) return false;
    }
    std::size_t binding_count = 0;
    bool is_each_target_here = true;
    for (const auto& [name, exchange] : exchanges_) {
        incoming_count += exchange->incoming().size();
        exchange->for_each_binding([&](const BindingKey& key, const BindingTarget& target) {
            ++binding_count;
            const BindingTarget* const here =
                key.to_exchange ? static_cast<const BindingTarget*>(find_exchange(key.target))
                                : find_queue(key.target);
            is_each_target_here = is_each_target_here && here == &target;
        });
    }
    return incoming_count == binding_count && is_each_target_here;
}

void VirtualHost::restart() {
    std::vector<std::string> queues;
    for (const auto& [name, queue] : queues_) {
        if (!queue->definition().durable) queues.push_back(name);
    }
    for (const std::string& name : queues) delete_queue(queue(name));
    std::vector<std::string> exchanges;
    for (const auto& [name, exchange] : exchanges_) {
        if (!exchange->definition().durable) exchanges.push_back(name);
    }
    for (const std::string& name : exchanges) {
        // It may have gone with one before it.
        if (Exchange* const exchange = find_exchange(name)) delete_exchange(*exchange);
    }
    for (const auto& [name, queue] : queues_) {
        queue->drop_transient_messages();
        queue->touch();
    }
}

}  // namespace eventail::broker
