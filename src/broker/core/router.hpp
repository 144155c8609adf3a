// Finds the queues for a message: along bindings, through further exchanges (each once, so circles
// are harmless), and to alternate exchanges where no binding matches. Remembers routes by routing
// key until something changes.
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

    /// Contains each queue once. Valid until forget() or the next call.
    const Route& route(const Exchange& exchange, const Message& message);

    /// Call it when an exchange, a queue, a binding or an alternate exchange has changed.
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
