// The part of a channel that declares, binds and deletes. The checks come in RabbitMQ's order, so
// that for two mistakes at once both brokers report the same one.
#include "broker/core/access.hpp"
#include "broker/core/arguments.hpp"
#include "broker/core/channel.hpp"
#include "broker/core/connection.hpp"
#include "broker/core/core.hpp"
#include "broker/core/refusal.hpp"
#include "broker/core/virtual_host.hpp"

#include <algorithm>
#include <utility>

namespace eventail::broker {

namespace {

/// RabbitMQ removes line ends from names.
std::string without_line_ends(std::string_view name) {
    std::string clean(name);
    std::erase_if(clean, [](char c) { return c == '\r' || c == '\n'; });
    return clean;
}

void require_not_reserved(const ResourceName& resource) {
    if (!resource.name.starts_with("amq.")) return;
    refuse(wire::ReplyCode::access_refused,
           text(resource.kind, " name '", resource.name, "' contains reserved prefix 'amq.*'"));
}

void require_not_default(const ResourceName& exchange) {
    if (exchange.kind != "exchange" || !exchange.name.empty()) return;
    refuse(wire::ReplyCode::access_refused, "operation not permitted on the default exchange");
}

[[noreturn]] void refuse_in_use(const ResourceName& resource) {
    refuse(wire::ReplyCode::precondition_failed, text(to_text(resource), " in use"));
}

[[noreturn]] void refuse_locked(const ResourceName& queue) {
    refuse(wire::ReplyCode::resource_locked,
           text("cannot obtain exclusive access to locked ", to_text(queue),
                ". It could be originally declared on another connection or the exclusive property "
                "value does not match that of the original declaration."));
}

}  // namespace

void Channel::require(AccessKind kind, const ResourceName& resource) const {
    if (connection_.core().access().may(kind, connection_.user(), resource.host, resource.name)) {
        return;
    }
    const ResourceName named{resource.kind, resource.name.empty() ? "amq.default" : resource.name,
                             resource.host};
    refuse(wire::ReplyCode::access_refused,
           text("access to ", to_text(named), " refused for user '", connection_.user(), "'"));
}

// Every message asks this, so the last answer is kept.
void Channel::require_writable(std::string_view exchange) {
    if (writable_exchange_ && *writable_exchange_ == exchange) return;
    require(AccessKind::write, {"exchange", exchange, host().name()});
    writable_exchange_ = exchange;
}

Queue& Channel::accessible_queue(std::string_view name) const {
    Queue& queue = host().queue(name);
    require_access(queue);
    return queue;
}

void Channel::require_access(const Queue& queue) const {
    if (queue.is_exclusive() && queue.definition().owner != &connection_) {
        refuse_locked({"queue", queue.name(), host().name()});
    }
}

std::string Channel::expanded(std::string_view queue) const {
    if (!queue.empty()) return std::string(queue);
    if (last_declared_queue_.empty()) {
        refuse(wire::ReplyCode::not_found, "no previously declared queue");
    }
    return last_declared_queue_;
}

void Channel::declare(const wire::ExchangeDeclare& method) {
    const std::string name = without_line_ends(method.exchange);
    const ResourceName resource{"exchange", name, host().name()};
    if (method.passive) {
        require_not_default(resource);
        host().exchange(name);
        return;
    }
    const auto type = parse_exchange_type(method.type);
    if (!type) {
        const std::string_view why = method.type.empty() ? "invalid" : "unknown";
        refuse(wire::ReplyCode::command_invalid, text(why, " exchange type '", method.type, "'"));
    }
    require_not_default(resource);
    require(AccessKind::configure, resource);
    if (const Exchange* const existing = host().find_exchange(name)) {
        const ExchangeDefinition& current = existing->definition();
        require_equivalent(method.type, to_text(current.type), "type", resource);
        require_equivalent(method.durable, current.durable, "durable", resource);
        require_equivalent(method.auto_delete, current.auto_delete, "auto_delete", resource);
        require_equivalent(method.internal, current.internal, "internal", resource);
        require_equivalent(method.arguments, current.arguments, exchange_argument_names(),
                           resource);
        return;
    }
    require_not_reserved(resource);
    Settings settings = read_exchange_arguments(method.arguments, resource);
    if (settings.alternate_exchange) {
        require(AccessKind::read, resource);
        require(AccessKind::write, {"exchange", *settings.alternate_exchange, host().name()});
    }
    host().add_exchange({.name = name,
                         .type = *type,
                         .durable = method.durable,
                         .auto_delete = method.auto_delete,
                         .internal = method.internal,
                         .arguments = wire::Table(method.arguments),
                         .settings = std::move(settings)});
}

void Channel::remove(const wire::ExchangeDelete& method) {
    const std::string name = without_line_ends(method.exchange);
    const ResourceName resource{"exchange", name, host().name()};
    require_not_default(resource);
    if (name.starts_with("amq.")) {
        refuse(wire::ReplyCode::access_refused,
               text("deletion of system ", to_text(resource), " not allowed"));
    }
    require(AccessKind::configure, resource);
    Exchange* const exchange = host().find_exchange(name);
    if (!exchange) return;
    if (method.if_unused && exchange->has_bindings()) refuse_in_use(resource);
    host().delete_exchange(*exchange);
}

void Channel::require_bindable(std::string_view source, const ResourceName& target) const {
    const ResourceName from{"exchange", source, host().name()};
    require(AccessKind::write, target);
    require_not_default(target);
    require_not_default(from);
    require(AccessKind::read, from);
}

void Channel::bind(const wire::ExchangeBind& method) {
    require_bindable(method.source, {"exchange", method.destination, host().name()});
    Exchange& source = host().exchange(method.source);
    host().bind(source, host().exchange(method.destination), method.routing_key, method.arguments);
}

void Channel::unbind(const wire::ExchangeUnbind& method) {
    require_bindable(method.source, {"exchange", method.destination, host().name()});
    Exchange* const source = host().find_exchange(method.source);
    Exchange* const target = host().find_exchange(method.destination);
    if (source && target) {
        host().unbind(*source, *target, method.routing_key, method.arguments);
    }
}

void Channel::bind(const wire::QueueBind& method) {
    const std::string name = expanded(method.queue);
    // With neither a queue nor a key, the key is the queue's name too.
    const bool is_both_empty = method.queue.empty() && method.routing_key.empty();
    const std::string_view key = is_both_empty ? std::string_view(name) : method.routing_key;
    require_bindable(method.exchange, {"queue", name, host().name()});
    Exchange& source = host().exchange(method.exchange);
    host().bind(source, accessible_queue(name), key, method.arguments);
}

void Channel::unbind(const wire::QueueUnbind& method) {
    const std::string name = expanded(method.queue);
    const bool is_both_empty = method.queue.empty() && method.routing_key.empty();
    const std::string_view key = is_both_empty ? std::string_view(name) : method.routing_key;
    require_bindable(method.exchange, {"queue", name, host().name()});
    Exchange* const source = host().find_exchange(method.exchange);
    Queue* const queue = host().find_queue(name);
    if (!source || !queue || !source->has_binding(*queue, key, method.arguments)) return;
    require_access(*queue);
    host().unbind(*source, *queue, key, method.arguments);
}

QueueStatus Channel::declare(const wire::QueueDeclare& method) {
    std::string name = without_line_ends(method.queue);
    if (name.starts_with(reply_queue)) return declare_reply_queue(name);
    if (method.passive) {
        Queue& queue = accessible_queue(name);
        queue.touch();
        return status(queue);
    }
    if (name.empty()) {
        name = host().environment().names().next("amq.gen-");
    } else {
        require_not_reserved({"queue", name, host().name()});
    }
    require(AccessKind::configure, {"queue", name, host().name()});
    if (Queue* const existing = host().find_queue(name)) {
        declare_again(*existing, method);
    } else {
        declare_new(name, method);
    }
    return status(host().queue(name));
}

QueueStatus Channel::status(const Queue& queue) {
    last_declared_queue_ = queue.name();
    // The dispatch may delete it.
    const auto alive = queue.shared_from_this();
    connection_.core().dispatch();
    return {queue.name(), static_cast<std::uint32_t>(queue.ready().size()),
            static_cast<std::uint32_t>(queue.consumers().size())};
}

void Channel::declare_again(Queue& queue, const wire::QueueDeclare& method) const {
    const QueueDefinition& current = queue.definition();
    const ResourceName resource{"queue", queue.name(), host().name()};
    if (queue.is_orphaned() || current.owner != (method.exclusive ? &connection_ : nullptr)) {
        refuse_locked(resource);
    }
    require_equivalent(method.durable && !method.exclusive, current.durable, "durable", resource);
    require_equivalent(method.auto_delete, current.auto_delete, "auto_delete", resource);
    require_equivalent(method.arguments, current.arguments, queue_argument_names(), resource);
    queue.touch();
}

void Channel::declare_new(std::string name, const wire::QueueDeclare& method) {
    const ResourceName resource{"queue", name, host().name()};
    QueueArguments read = read_queue_arguments(method.arguments, resource);
    if (const auto& letters = read.settings.dead_letter_exchange) {
        require(AccessKind::read, resource);
        require(AccessKind::write, {"exchange", *letters, host().name()});
    }
    host().add_queue({.name = std::move(name),
                      .durable = method.durable && !method.exclusive,
                      .auto_delete = method.auto_delete,
                      .owner = method.exclusive ? &connection_ : nullptr,
                      .arguments = wire::Table(method.arguments),
                      .read = std::move(read)});
}

std::uint32_t Channel::purge(const wire::QueuePurge& method) {
    const std::string name = expanded(method.queue);
    require(AccessKind::read, {"queue", name, host().name()});
    connection_.core().dispatch();
    return static_cast<std::uint32_t>(accessible_queue(name).purge());
}

std::uint32_t Channel::remove(const wire::QueueDelete& method) {
    const std::string name = without_line_ends(expanded(method.queue));
    const ResourceName resource{"queue", name, host().name()};
    require(AccessKind::configure, resource);
    connection_.core().dispatch();
    Queue* const queue = host().find_queue(name);
    if (!queue) return 0;
    require_access(*queue);
    if (method.if_empty && !queue->ready().empty()) {
        refuse(wire::ReplyCode::precondition_failed, text(to_text(resource), " not empty"));
    }
    if (method.if_unused && !queue->consumers().empty()) refuse_in_use(resource);
    const std::size_t count = queue->ready().size();
    host().delete_queue(*queue);
    return static_cast<std::uint32_t>(count);
}

}  // namespace eventail::broker
