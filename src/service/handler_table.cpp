#include "service/handler_table.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace eventail::service {
namespace {

constexpr std::size_t most_shown_bytes = 300;

template <typename Handlers, typename Incoming>
auto dispatch_to(const Handlers& handlers, const Incoming& message) {
    const auto* handler = handlers.find(message.name);
    if (handler == nullptr) throw Unhandled(message.name);
    return (*handler)(message);
}

std::string shown_content(const Payload& payload) {
    std::string text = payload.view().dump();
    if (text.size() <= most_shown_bytes) return text;
    text.resize(most_shown_bytes);
    return text + "…";
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

Unhandled::Unhandled(const Result& error)
    : std::runtime_error("no handler for errors of the routing key " + error.name +
                         " (on_error): " + shown_content(error.payload)) {}

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

void HandlerTable::add_result(std::string_view key, detail::Results which,
                              std::function<Ack(const Result&)> handler) {
    // on_result() and on_error() of one key share its binding.
    const bool is_bound = has_command_keys_ || std::ranges::find(subscription_.command_keys, key) !=
                                                   subscription_.command_keys.end();
    std::vector<std::string>* const bindings = is_bound ? nullptr : &subscription_.command_keys;
    if (which == detail::Results::errors) {
        add(errors_, key, std::move(handler), bindings);
    } else {
        add(results_, key,
            ResultHandler{.call = std::move(handler),
                          .takes_errors = which == detail::Results::all},
            bindings);
    }
}

void HandlerTable::add_config(std::string_view key,
                              std::function<bool(const Configuration&)> handler) {
    add(configs_, key, std::move(handler), has_config_keys_ ? nullptr : &subscription_.config_keys);
}

Ack HandlerTable::dispatch(const Event& event) const { return dispatch_to(events_, event); }
Ack HandlerTable::dispatch(const Command& command) const { return dispatch_to(commands_, command); }
Ack HandlerTable::dispatch(const Result& result) const {
    if (!result.is_success) {
        if (const auto* handler = errors_.find(result.name)) return (*handler)(result);
    }
    const ResultHandler* handler = results_.find(result.name);
    if (!result.is_success && (handler == nullptr || !handler->takes_errors)) {
        throw Unhandled(result);
    }
    if (handler == nullptr) throw Unhandled(result.name);
    return handler->call(result);
}
bool HandlerTable::dispatch(const Configuration& configuration) const {
    return dispatch_to(configs_, configuration);
}

}  // namespace eventail::service
