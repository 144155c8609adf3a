// The handlers that were registered, by routing key, and what is subscribed to for them. Settled
// before run(); from then on any thread may look.
#pragma once

#include "bus/dispatch.hpp"
#include "bus/topology.hpp"
#include <eventail/message.hpp>
#include <eventail/service.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace eventail::service {

/// There is no handler for a message.
class Unhandled : public std::runtime_error {
public:
    explicit Unhandled(const std::string& key)
        : std::runtime_error("no handler for the routing key " + key) {}
};

class HandlerTable {
public:
    explicit HandlerTable(const ServiceOptions& options);

    void add_event(std::string_view key, std::function<Ack(const Event&)> handler);
    void add_command(std::string_view key, std::function<Ack(const Command&)> handler);
    void add_result(std::string_view key, std::function<Ack(const Result&)> handler);
    void add_config(std::string_view key, std::function<bool(const Configuration&)> handler);
    void use_exclusive_queues() { subscription_.exclusive = true; }
    const bus::Subscription& subscription() const { return subscription_; }

    /// Calls the handler of a message. @throws Unhandled, and what it throws
    Ack dispatch(const Event& event) const;
    Ack dispatch(const Command& command) const;
    Ack dispatch(const Result& result) const;
    bool dispatch(const Configuration& configuration) const;

private:
    // Keys that were given as options are all that is subscribed to.
    bool has_event_keys_;
    bool has_command_keys_;
    bool has_config_keys_;
    bus::Subscription subscription_;
    bus::Dispatch<std::function<Ack(const Event&)>> events_{bus::Matching::whole_key};
    bus::Dispatch<std::function<Ack(const Command&)>> commands_{bus::Matching::or_last_word};
    bus::Dispatch<std::function<Ack(const Result&)>> results_{bus::Matching::or_last_word};
    bus::Dispatch<std::function<bool(const Configuration&)>> configs_{bus::Matching::whole_key};
};

}  // namespace eventail::service
