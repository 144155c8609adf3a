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

/// The remains of a deleted queue or exchange.
class VirtualHost::Removal final : public Chore {
public:
    Removal(VirtualHost& host, std::shared_ptr<Queue> queue)
        : host_(host), queue_(std::move(queue)) {}
    Removal(VirtualHost& host, std::unique_ptr<Exchange> exchange)
        : host_(host), exchange_(std::move(exchange)) {}

    bool step() override {
        if (queue_) return queue_->dismantle() || host_.unbind_one(*queue_);
        return exchange_->unbind_one() || host_.unbind_one(*exchange_);
    }

private:
    VirtualHost& host_;
    std::shared_ptr<Queue> queue_;
    std::unique_ptr<Exchange> exchange_;
};

void VirtualHost::delete_exchange(Exchange& exchange) {
    auto node = exchanges_.extract(exchange.name());
    EVENTAIL_ASSERT(!node.empty(), "what leaves a virtual host was in it");
    exchange.leave();
    router_.forget();
    environment_.chores().add(std::make_unique<Removal>(*this, std::move(node.mapped())));
}

void VirtualHost::delete_queue(Queue& queue) {
    auto node = queues_.extract(queue.name());
    EVENTAIL_ASSERT(!node.empty(), "what leaves a virtual host was in it");
    if (Connection* const owner = queue.definition().owner) owner->disown(queue);
    queue.close();
    queue.leave();
    router_.forget();
    environment_.chores().add(std::make_unique<Removal>(*this, std::move(node.mapped())));
}

bool VirtualHost::unbind_one(BindingTarget& target) {
    if (target.incoming().empty()) return false;
    const BindingTarget::Incoming incoming = target.incoming().back();
    incoming.source->unbind(incoming);
    delete_if_unbound(*incoming.source);
    return true;
}

// Bindings that lead nowhere keep it for a moment.
void VirtualHost::delete_if_unbound(Exchange& exchange) {
    if (exchange.definition().auto_delete && exchange.is_without_bindings() &&
        !exchange.is_gone()) {
        delete_exchange(exchange);
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
    delete_if_unbound(source);
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
    environment_.count_work(1 + route.size());
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
    // Writing the history and searching it for a circle both take time in proportion to its length.
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
    const auto count_incoming = [&](const BindingTarget& target) {
        for (const BindingTarget::Incoming& incoming : target.incoming()) {
            if (!incoming.source->is_gone()) ++incoming_count;
        }
    };
    for (const auto& [name, queue] : queues_) {
        count_incoming(*queue);
        if (queue->name() != name || !queue->is_consistent()) return false;
    }
    std::size_t binding_count = 0;
    bool is_each_target_here = true;
    for (const auto& [name, exchange] : exchanges_) {
        count_incoming(*exchange);
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
        // Deleting an earlier one may have deleted this one.
        if (Exchange* const exchange = find_exchange(name)) delete_exchange(*exchange);
    }
    for (const auto& [name, queue] : queues_) {
        queue->drop_transient_messages();
        queue->touch();
    }
}

}  // namespace eventail::broker
