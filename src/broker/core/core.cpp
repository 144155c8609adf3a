#include "broker/core/core.hpp"

#include "broker/core/consumer.hpp"
#include "broker/core/refusal.hpp"
#include "broker/core/virtual_host.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace eventail::broker {

Core::Core(TimePoint now, CoreOptions options)
    : environment_(now, options.started_at, options.seed, options.memory_limit_bytes) {
    add_virtual_host("/");
    add_user({.name = "guest", .password = "guest", .tags = {"administrator"}});
    set_permissions("guest", "/", {});
}

Core::~Core() = default;

void Core::add_user(User user) { access_.add_user(std::move(user)); }

void Core::remove_user(std::string_view name) { access_.remove_user(name); }

bool Core::is_login(std::string_view user, std::string_view password) const {
    return access_.is_login(user, password);
}

void Core::add_virtual_host(std::string_view name) {
    if (hosts_.contains(name)) return;
    hosts_.emplace(name, std::make_unique<VirtualHost>(std::string(name), environment_));
}

void Core::set_permissions(std::string_view user, std::string_view host,
                           const Permissions& permissions) {
    access_.set_permissions(user, host, permissions);
}

std::unique_ptr<Connection> Core::connect(std::string_view user, std::string_view host,
                                          Recipient& recipient) {
    const auto found = hosts_.find(host);
    if (found == hosts_.end()) {
        refuse(wire::ReplyCode::not_allowed, text("vhost ", host, " not found"));
    }
    if (!access_.may_enter(user, host)) {
        refuse(wire::ReplyCode::not_allowed,
               text("access to vhost '", host, "' refused for user '", user, "'"));
    }
    return std::make_unique<Connection>(*this, *found->second, std::string(user), recipient);
}

void Core::tick(TimePoint now) {
    environment_.set_now(now);
    while (const auto queue = environment_.timers().next_due(now)) queue->wake();
    dispatch();
}

std::optional<TimePoint> Core::next_deadline() const {
    if (has_pending_work()) return environment_.now();
    return environment_.timers().next_deadline();
}

void Core::dispatch() { environment_.do_pending_work(); }

std::size_t Core::held_bytes() const { return environment_.gauge()->held_bytes; }

bool Core::is_alarmed() const { return is_alarm_raised_ || environment_.is_over_limit(); }

void Core::set_policy(std::string_view host_name, Policy policy) {
    host(host_name).set_policy(std::move(policy));
    dispatch();
}

void Core::clear_policy(std::string_view host_name, std::string_view name) {
    host(host_name).clear_policy(name);
    dispatch();
}

std::vector<ExchangeListing> Core::list_exchanges(std::string_view host_name) const {
    std::vector<ExchangeListing> listing;
    for (const auto& [name, exchange] : host(host_name).exchanges()) {
        const ExchangeDefinition& definition = exchange->definition();
        listing.push_back({name, std::string(to_text(definition.type)), definition.durable,
                           definition.auto_delete, definition.internal, exchange->policy_name()});
    }
    return listing;
}

std::vector<QueueListing> Core::list_queues(std::string_view host_name) const {
    std::vector<QueueListing> listing;
    for (const auto& [name, queue] : host(host_name).queues()) {
        listing.push_back({name, queue->definition().durable, queue->is_exclusive(),
                           queue->definition().auto_delete, queue->ready().size(),
                           queue->unsettled_count(), queue->consumers().size(),
                           queue->policy_name()});
    }
    return listing;
}

std::vector<BindingListing> Core::list_bindings(std::string_view host_name) const {
    std::vector<BindingListing> listing;
    for (const auto& [name, exchange] : host(host_name).exchanges()) {
        const std::string& source = exchange->name();
        exchange->for_each_binding([&](const BindingKey& key, const BindingTarget& target) {
            listing.push_back({source, target.name(), key.to_exchange, key.routing_key});
        });
    }
    return listing;
}

std::vector<ConsumerListing> Core::list_consumers(std::string_view host_name) const {
    std::vector<ConsumerListing> listing;
    for (const auto& [name, queue] : host(host_name).queues()) {
        for (const std::shared_ptr<Consumer>& consumer : queue->consumers().all()) {
            listing.push_back({name, consumer->tag, consumer->channel->number(), consumer->no_ack,
                               consumer->exclusive, consumer->prefetch_count, consumer->priority,
                               queue->consumers().is_active(*consumer)});
        }
    }
    return listing;
}

std::vector<MessagePtr> Core::peek(std::string_view host_name, std::string_view queue_name,
                                   std::size_t max_count) const {
    std::vector<MessagePtr> messages;
    queue(host_name, queue_name).ready().for_each([&](const QueuedMessage& queued) {
        if (messages.size() == max_count) return false;
        messages.push_back(queued.message);
        return true;
    });
    return messages;
}

std::size_t Core::ready_count(std::string_view host_name, std::string_view queue_name) const {
    return queue(host_name, queue_name).ready().size();
}

std::size_t Core::purge(std::string_view host_name, std::string_view queue_name) {
    return queue(host_name, queue_name).purge();
}

void Core::delete_queue(std::string_view host_name, std::string_view queue_name) {
    host(host_name).delete_queue(queue(host_name, queue_name));
}

void Core::cancel_consumers(std::string_view host_name, std::string_view queue_name) {
    queue(host_name, queue_name).cancel_consumers();
}

void Core::restart() {
    if (connection_count_ != 0) {
        throw std::logic_error("a broker restarts when all connections are gone");
    }
    while (has_pending_work()) dispatch();
    for (const auto& [name, host] : hosts_) host->restart();
    is_alarm_raised_ = false;
}

bool Core::is_consistent() const {
    return std::all_of(hosts_.begin(), hosts_.end(),
                       [](const auto& host) { return host.second->is_consistent(); });
}

VirtualHost& Core::host(std::string_view name) const {
    const auto found = hosts_.find(name);
    if (found == hosts_.end()) throw std::out_of_range(text("there is no virtual host ", name));
    return *found->second;
}

Queue& Core::queue(std::string_view host_name, std::string_view name) const {
    if (Queue* const found = host(host_name).find_queue(name)) return *found;
    throw std::out_of_range(text("there is no queue ", name));
}

}  // namespace eventail::broker
