#include "service/handler_table.hpp"

#include <utility>

namespace eventail::service {
namespace {

template <typename Handlers, typename Incoming>
auto dispatch_to(const Handlers& handlers, const Incoming& message) {
    const auto* handler = handlers.find(message.name);
    if (handler == nullptr) throw Unhandled(message.name);
    return (*handler)(message);
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
    events_.add(key, std::move(handler));
    if (!has_event_keys_) subscription_.event_keys.emplace_back(key);
}

void HandlerTable::add_command(std::string_view key, std::function<Ack(const Command&)> handler) {
    commands_.add(key, std::move(handler));
    if (!has_command_keys_) subscription_.command_keys.emplace_back(key);
}

void HandlerTable::add_result(std::string_view key, std::function<Ack(const Result&)> handler) {
    results_.add(key, std::move(handler));
    if (!has_command_keys_) subscription_.command_keys.emplace_back(key);
}

void HandlerTable::add_config(std::string_view key,
                              std::function<bool(const Configuration&)> handler) {
    configs_.add(key, std::move(handler));
    if (!has_config_keys_) subscription_.config_keys.emplace_back(key);
}

Ack HandlerTable::dispatch(const Event& event) const { return dispatch_to(events_, event); }
Ack HandlerTable::dispatch(const Command& command) const { return dispatch_to(commands_, command); }
Ack HandlerTable::dispatch(const Result& result) const { return dispatch_to(results_, result); }
bool HandlerTable::dispatch(const Configuration& configuration) const {
    return dispatch_to(configs_, configuration);
}

}  // namespace eventail::service
