// From an exchange and a message to queues: along bindings, through further exchanges (each once,
// so circles are harmless) and to alternate exchanges where no binding matches. Routes are
// remembered by routing key until something changes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace eventail::broker {

class BindingTarget;
class Exchange;
class Message;
class Queue;
class VirtualHost;

using Route = std::vector<Queue*>;

class Router {
public:
    explicit Router(const VirtualHost& host) : host_(host) {}

    /// Each queue once. Valid until forget() or the next call.
    const Route& route(const Exchange& exchange, const Message& message);

    /// To be called whenever an exchange, a queue, a binding or an alternate exchange has changed.
    void forget();

private:
    void follow(const Exchange& exchange, const Message& message);
    void visit(const Exchange& exchange, const Message& message);

    const VirtualHost& host_;
    std::unordered_map<const Exchange*, std::unordered_map<std::string, Route>> remembered_;
    std::size_t remembered_count_ = 0;

    Route route_;
    std::unordered_set<const BindingTarget*> seen_;
    std::vector<const Exchange*> to_visit_;
    bool depends_on_key_only_ = true;
};

}  // namespace eventail::broker
