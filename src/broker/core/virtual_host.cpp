#include "broker/core/virtual_host.hpp"

#include "broker/core/connection.hpp"
#include "broker/core/dead_letter.hpp"
#include "broker/core/headers_match.hpp"
#include "broker/core/refusal.hpp"

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
    exchange->apply(policies_.find(ApplyTo::exchanges, name));
    exchanges_.emplace(std::move(name), std::move(exchange));
    router_.forget();
}

Queue& VirtualHost::add_queue(QueueDefinition definition) {
    environment_.require_room();
    std::string name = definition.name;
    auto queue = std::make_shared<Queue>(*this, std::move(definition));
    queue->apply(policies_.find(ApplyTo::queues, name));
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
        sources.push_back(incoming.source->name());
    }
    router_.forget();
    if (target.is_exchange()) {
        exchanges_.erase(exchanges_.find(target.name()));
    } else {
        queues_.erase(queues_.find(target.name()));
    }
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

Fate VirtualHost::publish(const Exchange& exchange, const MessagePtr& message) {
    const Route& route = router_.route(exchange, *message);
    Fate fate = route.empty() ? Fate::unroutable : Fate::routed;
    for (Queue* const queue : route) {
        if (!queue->publish(message)) fate = Fate::rejected;
    }
    return fate;
}

void VirtualHost::publish(const DeadLetter& letter) {
    const Exchange* const exchange = find_exchange(letter.message->exchange());
    if (!exchange) return;
    for (Queue* const queue : router_.route(*exchange, *letter.message)) {
        if (letter.was_rejected || !is_in_circles(*letter.message, queue->name())) {
            queue->publish(letter.message);
        }
    }
}

void VirtualHost::set_policy(Policy policy) {
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
