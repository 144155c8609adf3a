#include "service/handler_table.hpp"

#include <utility>
#include <vector>

namespace eventail::service {
namespace {

template <typename Handlers, typename Incoming>
auto dispatch_to(const Handlers& handlers, const Incoming& message) {
    const auto* handler = handlers.find(message.name);
    if (handler == nullptr) throw Unhandled(message.name);
    return (*handler)(message);
}

/// Both or, after an exception, neither: a handler, and its key among the bindings, if any.
template <typename Handlers, typename Handler>
void add(Handlers& handlers, std::string_view key, Handler handler,
         std::vector<std::string>* bindings) {
    if (bindings != nullptr) bindings->emplace_back(key);
    try {
        handlers.add(key, std::move(handler));
    } catch (...) {
        if (bindings != nullptr) bindings->pop_back();
        throw;
    }
}

}  // namespace

HandlerTable::HandlerTable(const ServiceOptions& options)
    : has_event_keys_(!options.event_routing_keys.empty()),
      has_command_keys_(!options.command_routing_keys.empty()),
      has_config_keys_(!options.config_routing_keys.empty()),
      subscription_{.logical_service = options.logical_service,
                    .event_keys = options.event_routing_keys,
                    .command_keys = options.command_routing_keys,
                    .config_keys = options.config_routing_keys} {}

void HandlerTable::add_event(std::string_view key, std::function<Ack(const Event&)> handler) {
    add(events_, key, std::move(handler), has_event_keys_ ? nullptr : &subscription_.event_keys);
}

void HandlerTable::add_command(std::string_view key, std::function<Ack(const Command&)> handler) {
    add(commands_, key, std::move(handler),
        has_command_keys_ ? nullptr : &subscription_.command_keys);
}

void HandlerTable::add_result(std::string_view key, std::function<Ack(const Result&)> handler) {
    add(results_, key, std::move(handler),
        has_command_keys_ ? nullptr : &subscription_.command_keys);
}

void HandlerTable::add_config(std::string_view key,
                              std::function<bool(const Configuration&)> handler) {
    add(configs_, key, std::move(handler), has_config_keys_ ? nullptr : &subscription_.config_keys);
}

Ack HandlerTable::dispatch(const Event& event) const { return dispatch_to(events_, event); }
Ack HandlerTable::dispatch(const Command& command) const { return dispatch_to(commands_, command); }
Ack HandlerTable::dispatch(const Result& result) const { return dispatch_to(results_, result); }
bool HandlerTable::dispatch(const Configuration& configuration) const {
    return dispatch_to(configs_, configuration);
}

}  // namespace eventail::service
