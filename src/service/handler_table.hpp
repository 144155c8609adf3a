// The registered handlers, by routing key, and the keys to subscribe to for them. Fixed before
// run(); from then on any thread may look.
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

/// A message has no handler.
class Unhandled : public std::runtime_error {
public:
    explicit Unhandled(const std::string& key)
        : std::runtime_error("no handler for the routing key " + key) {}
    /// A result that is an error.
    explicit Unhandled(const Result& error);
};

class HandlerTable {
public:
    explicit HandlerTable(const ServiceOptions& options);

    void add_event(std::string_view key, std::function<Ack(const Event&)> handler);
    void add_command(std::string_view key, std::function<Ack(const Command&)> handler);
    void add_result(std::string_view key, detail::Results which,
                    std::function<Ack(const Result&)> handler);
    void add_config(std::string_view key, std::function<bool(const Configuration&)> handler);
    void use_exclusive_queues() { subscription_.exclusive = true; }
    const bus::Subscription& subscription() const { return subscription_; }

    /// Calls a message's handler. @throws Unhandled, and the handler's exception
    Ack dispatch(const Event& event) const;
    Ack dispatch(const Command& command) const;
    Ack dispatch(const Result& result) const;
    bool dispatch(const Configuration& configuration) const;

private:
    // If keys were given as options, the service subscribes only to these.
    bool has_event_keys_;
    bool has_command_keys_;
    bool has_config_keys_;
    bus::Subscription subscription_;
    bus::Dispatch<std::function<Ack(const Event&)>> events_{bus::Matching::whole_key};
    bus::Dispatch<std::function<Ack(const Command&)>> commands_{bus::Matching::or_last_word};
    struct ResultHandler {
        std::function<Ack(const Result&)> call;
        bool takes_errors = false;
    };
    bus::Dispatch<ResultHandler> results_{bus::Matching::or_last_word};
    bus::Dispatch<std::function<Ack(const Result&)>> errors_{bus::Matching::or_last_word};
    bus::Dispatch<std::function<bool(const Configuration&)>> configs_{bus::Matching::whole_key};
};

}  // namespace eventail::service
