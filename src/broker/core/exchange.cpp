#include "broker/core/exchange.hpp"

#include "base/assert.hpp"
#include "broker/core/headers_match.hpp"
#include "wire/topic.hpp"

#include <algorithm>
#include <utility>

namespace eventail::broker {

namespace {

constexpr std::size_t exchange_bytes = 768;
constexpr std::size_t binding_bytes = 384;

BindingKey key_of(ExchangeType type, const BindingTarget& target, std::string_view routing_key,
                  wire::TableView arguments) {
    return {.is_literal = type != ExchangeType::topic || !wire::is_topic_pattern(routing_key),
            .routing_key = std::string(routing_key),
            .to_exchange = target.is_exchange(),
            .target = target.name(),
            .arguments = std::string(wire::as_text(arguments.encoded()))};
}

}  // namespace

std::string_view to_text(ExchangeType type) {
    switch (type) {
        case ExchangeType::direct: return "direct";
        case ExchangeType::fanout: return "fanout";
        case ExchangeType::topic: return "topic";
        case ExchangeType::headers: break;
    }
    return "headers";
}

std::optional<ExchangeType> parse_exchange_type(std::string_view text) {
    using enum ExchangeType;
    for (const ExchangeType type : {direct, fanout, topic, headers}) {
        if (to_text(type) == text) return type;
    }
    return std::nullopt;
}

Exchange::Exchange(std::shared_ptr<MemoryGauge> gauge, ExchangeDefinition definition)
    : BindingTarget(definition.name, true),
      gauge_(std::move(gauge)),
      charge_(gauge_, exchange_bytes + definition.arguments.view().encoded().size()),
      definition_(std::move(definition)),
      alternate_exchange_(definition_.settings.alternate_exchange) {}

void Exchange::apply(const Policy* policy) {
    policy_name_ = policy ? policy->name : "";
    alternate_exchange_ = definition_.settings.alternate_exchange;
    if (!alternate_exchange_ && policy) alternate_exchange_ = policy->settings.alternate_exchange;
}

bool Exchange::bind(BindingTarget& target, std::string_view routing_key,
                    wire::TableView arguments) {
    BindingKey key = key_of(definition_.type, target, routing_key, arguments);
    const std::size_t bytes = binding_bytes + key.routing_key.size() + key.arguments.size();
    const auto former = bindings_.find(key);
    if (former != bindings_.end() && former->second.target != &target) erase(former);
    const auto [binding, is_new] = bindings_.try_emplace(std::move(key), gauge_, bytes, target);
    if (is_new) {
        binding->second.incoming =
            target.incoming_.insert(target.incoming_.end(), {this, &binding->first});
    }
    return is_new;
}

bool Exchange::unbind(BindingTarget& target, std::string_view routing_key,
                      wire::TableView arguments) {
    const auto binding = bindings_.find(key_of(definition_.type, target, routing_key, arguments));
    if (binding == bindings_.end() || binding->second.target != &target) return false;
    erase(binding);
    return true;
}

void Exchange::unbind(const BindingTarget::Incoming& incoming) {
    const auto binding = bindings_.find(*incoming.key);
    EVENTAIL_ASSERT(binding != bindings_.end(), "a target knows the bindings that lead to it");
    erase(binding);
}

bool Exchange::has_binding(const BindingTarget& target, std::string_view routing_key,
                           wire::TableView arguments) const {
    const auto binding = bindings_.find(key_of(definition_.type, target, routing_key, arguments));
    return binding != bindings_.end() && binding->second.target == &target;
}

bool Exchange::unbind_one() {
    if (bindings_.empty()) return false;
    erase(bindings_.begin());
    return true;
}

bool Exchange::has_bindings() const {
    return std::any_of(bindings_.begin(), bindings_.end(),
                       [](const auto& binding) { return !binding.second.target->is_gone(); });
}

void Exchange::erase(Bindings::iterator binding) {
    binding->second.target->incoming_.erase(binding->second.incoming);
    bindings_.erase(binding);
}

void Exchange::for_each_match(std::string_view routing_key, wire::TableView headers,
                              const Visit& visit) const {
    switch (definition_.type) {
        case ExchangeType::direct: visit_literal(routing_key, visit); break;
        case ExchangeType::fanout:
            for (const auto& [key, binding] : bindings_) visit(*binding.target);
            break;
        case ExchangeType::topic:
            for (const auto& [key, binding] : bindings_) {
                if (key.is_literal) break;
                if (wire::topic_matches(key.routing_key, routing_key)) visit(*binding.target);
            }
            visit_literal(routing_key, visit);
            break;
        case ExchangeType::headers:
            for (const auto& [key, binding] : bindings_) {
                const auto arguments = wire::TableView::parse(wire::as_bytes(key.arguments));
                if (headers_match(arguments, headers)) visit(*binding.target);
            }
            break;
    }
}

void Exchange::visit_literal(std::string_view routing_key, const Visit& visit) const {
    auto binding = bindings_.lower_bound(BindingKey{.routing_key = std::string(routing_key)});
    for (; binding != bindings_.end(); ++binding) {
        if (binding->first.routing_key != routing_key) break;
        visit(*binding->second.target);
    }
}

void Exchange::for_each_binding(
    const std::function<void(const BindingKey&, const BindingTarget&)>& visit) const {
    for (const auto& [key, binding] : bindings_) {
        if (!binding.target->is_gone()) visit(key, *binding.target);
    }
}

}  // namespace eventail::broker
