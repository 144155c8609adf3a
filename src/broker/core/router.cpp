#include "broker/core/router.hpp"

#include "broker/core/exchange.hpp"
#include "broker/core/message.hpp"
#include "broker/core/queue.hpp"
#include "broker/core/virtual_host.hpp"

namespace eventail::broker {

namespace {

/// Counts queues, plus a cost for each key. Bounds the memory that clients can make us use.
constexpr std::size_t max_remembered = 100'000;
constexpr std::size_t key_cost = 16;

}  // namespace

const Route& Router::route(const Exchange& exchange, const Message& message) {
    auto& known = remembered_[&exchange];
    const bool has_one_key = message.copies().empty();
    if (has_one_key) {
        if (const auto found = known.find(message.routing_key()); found != known.end()) {
            return found->second;
        }
    }
    follow(exchange, message);
    if (!has_one_key || !depends_on_key_only_) return route_;
    if (remembered_count_ > max_remembered) forget();
    remembered_count_ += key_cost + route_.size();
    return remembered_[&exchange].emplace(message.routing_key(), route_).first->second;
}

void Router::forget() {
    remembered_.clear();
    remembered_count_ = 0;
}

void Router::follow(const Exchange& exchange, const Message& message) {
    route_.clear();
    seen_ = {&exchange};
    to_visit_ = {&exchange};
    depends_on_key_only_ = true;
    while (!to_visit_.empty()) {
        const Exchange& next = *to_visit_.back();
        to_visit_.pop_back();
        visit(next, message);
    }
}

void Router::visit(const Exchange& exchange, const Message& message) {
    bool has_match = false;
    const auto reach = [&](BindingTarget& target) {
        if (target.is_gone()) return;
        has_match = true;
        if (!seen_.insert(&target).second) return;
        if (target.is_exchange()) {
            to_visit_.push_back(static_cast<const Exchange*>(&target));
        } else {
            route_.push_back(static_cast<Queue*>(&target));
        }
    };
    const auto match = [&](const std::string& key) {
        if (exchange.name().empty()) {
            if (Queue* const queue = host_.find_queue(key)) reach(*queue);
        } else {
            exchange.for_each_match(key, message.headers(), reach);
        }
    };

    if (exchange.definition().type == ExchangeType::headers) depends_on_key_only_ = false;
    match(message.routing_key());
    for (const std::string& key : message.copies()) match(key);
    if (has_match || !exchange.alternate_exchange()) return;
    Exchange* const alternate = host_.find_exchange(*exchange.alternate_exchange());
    if (alternate && seen_.insert(alternate).second) to_visit_.push_back(alternate);
}

}  // namespace eventail::broker
