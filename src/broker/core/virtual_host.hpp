// A virtual host: its exchanges, queues, bindings and policies. When one of them goes, it deletes
// what depends on it, in small steps: that can be a million bindings.
#pragma once

#include "broker/core/channel.hpp"
#include "broker/core/environment.hpp"
#include "broker/core/exchange.hpp"
#include "broker/core/policy.hpp"
#include "broker/core/queue.hpp"
#include "broker/core/router.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::broker {

class VirtualHost {
public:
    template <typename T>
    using ByName = std::map<std::string, T, std::less<>>;

    VirtualHost(std::string name, Environment& environment);
    VirtualHost(const VirtualHost&) = delete;
    VirtualHost& operator=(const VirtualHost&) = delete;

    const std::string& name() const { return name_; }
    Environment& environment() { return environment_; }

    /// Nothing if it does not exist.
    Exchange* find_exchange(std::string_view name) const;
    Queue* find_queue(std::string_view name) const;
    /// Throws wire::ProtocolError (404) if it does not exist.
    Exchange& exchange(std::string_view name) const;
    Queue& queue(std::string_view name) const;
    const ByName<std::unique_ptr<Exchange>>& exchanges() const { return exchanges_; }
    const ByName<std::shared_ptr<Queue>>& queues() const { return queues_; }

    // The name must be free. Throws wire::ProtocolError (506) if the broker is full.
    void add_exchange(ExchangeDefinition definition);
    Queue& add_queue(QueueDefinition definition);

    void delete_exchange(Exchange& exchange);
    void delete_queue(Queue& queue);

    void bind(Exchange& source, BindingTarget& target, std::string_view routing_key,
              wire::TableView arguments);
    void unbind(Exchange& source, BindingTarget& target, std::string_view routing_key,
                wire::TableView arguments);

    Fate publish(const Exchange& exchange, const MessagePtr& message);
    /// The first half of publish(), for a transaction: the names of the queues on the message's
    /// route. Queues named by the default exchange need not exist yet. Direct replies go at once.
    std::vector<std::string> route(const Exchange& exchange, const MessagePtr& message);
    /// The other half.
    Fate publish(const std::vector<std::string>& queues, const MessagePtr& message);
    /// Returns the cost, in copies of small dead letters.
    std::size_t publish(const DeadLetter& letter);

    /// Throws InvalidPattern and PatternGaveUp, without having changed anything.
    void set_policy(Policy policy);
    void clear_policy(std::string_view name);

    /// Whether its queues are consistent, and bindings and their targets know each other. For
    /// assertions.
    bool is_consistent() const;

    /// Keeps durable things only.
    void restart();

private:
    void apply_policies();
    void deliver_replies(const Exchange& exchange, const MessagePtr& message) const;
    /// Throws wire::ProtocolError (406) if the search for a pattern in the name takes too long.
    const Policy* policy_for(ApplyTo kind, std::string_view name) const;
    class Removal;

    /// Takes one binding off that leads to it. False if there is none.
    bool unbind_one(BindingTarget& target);
    /// Deletes an auto-delete exchange that has no bindings left.
    void delete_if_unbound(Exchange& exchange);

    std::string name_;
    Environment& environment_;
    Policies policies_;
    ByName<std::unique_ptr<Exchange>> exchanges_;
    ByName<std::shared_ptr<Queue>> queues_;
    Router router_;
};

}  // namespace eventail::broker
