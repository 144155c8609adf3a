#include "base/standard_streams.hpp"
#include "broker/core/provisioning.hpp"
#include "broker/shell/listener.hpp"
#include "broker/shell/shown_message.hpp"
#include "wire/methods.hpp"
#include <eventail/broker.hpp>
#include <eventail/error.hpp>

#include <algorithm>
#include <random>

namespace eventail {

namespace {

using broker::Core;
using broker::Peer;

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char character : text) {
        const auto octet = static_cast<unsigned char>(character);
        const bool is_plain = (octet >= '0' && octet <= '9') || (octet >= 'a' && octet <= 'z') ||
                              (octet >= 'A' && octet <= 'Z') || octet == '-' || octet == '_' ||
                              octet == '.' || octet == '~';
        if (is_plain) {
            encoded += character;
        } else {
            encoded += '%';
            encoded += digits[octet >> 4];
            encoded += digits[octet & 0xF];
        }
    }
    return encoded;
}

broker::CoreOptions core_options(const BrokerOptions& options) {
    return {.seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}(),
            .started_at = std::chrono::time_point_cast<std::chrono::seconds>(
                std::chrono::system_clock::now()),
            .memory_limit_bytes = options.memory_limit_bytes};
}

broker::PeerOptions peer_options(const BrokerOptions& options) {
    return {.frame_max = options.frame_max,
            .channel_max = options.channel_max,
            .heartbeat = options.heartbeat,
            .max_message_bytes = options.max_message_bytes,
            .consumer_timeout = options.consumer_timeout,
            .max_unfinished_bytes = options.memory_limit_bytes};
}

broker::ListenerOptions listener_options(const BrokerOptions& options) {
    const BrokerTls tls = options.tls.value_or(BrokerTls{});
    return {.address = options.address,
            .port = options.port,
            .certificate_file = tls.certificate_file,
            .key_file = tls.key_file,
            .log = options.log};
}

/// The broker's own connections have no consumers.
class Nobody final : public broker::Recipient {
public:
    void deliver(const broker::Delivery&) override {}
    void consumer_cancelled(std::uint16_t, std::string_view) override {}
};

}  // namespace

struct EmbeddedBroker::Impl {
    explicit Impl(BrokerOptions broker_options)
        : options(std::move(broker_options)),
          core(Clock::now(), core_options(options)),
          context{.core = core, .options = peer_options(options)} {
        broker::check_address(options);
        broker::provision(core, options);
        listener = std::make_unique<broker::Listener>(listener_options(options), context);
        listener->start();
    }

    /// Runs `task` on the broker's thread and returns its result or throws its exception.
    template <typename Task>
    auto run(Task task) {
        using Result = decltype(task());
        std::optional<std::conditional_t<std::is_void_v<Result>, bool, Result>> result;
        const bool was_run = listener->run([&] {
            if constexpr (std::is_void_v<Result>) {
                task();
            } else {
                result.emplace(task());
            }
        });
        if (!was_run) throw Error(Errc::stopped, "the embedded broker was stopped");
        if constexpr (!std::is_void_v<Result>) return std::move(*result);
    }

    template <typename Task>
    void for_each_named(std::string_view name, Task task) {
        listener->for_each_peer([&](Peer& peer) {
            if (peer.is_named(name)) task(peer);
        });
    }

    /// Uses a channel of the broker's own.
    template <typename Task>
    void operate(std::string_view host, Task task) {
        run([&] {
            try {
                Nobody nobody;
                const auto connection = core.connect(options.users.at(0).name, host, nobody);
                task(connection->open_channel(1));
            } catch (const wire::ProtocolError& error) {
                const bool is_missing = error.code() == wire::ReplyCode::not_found;
                throw Error(is_missing ? Errc::not_found : Errc::precondition_failed, error.what());
            }
        });
    }

    BrokerOptions options;
    Core core;
    broker::PeerContext context;
    std::unique_ptr<broker::Listener> listener;
};

EmbeddedBroker::EmbeddedBroker(BrokerOptions options) {
    occupy_standard_streams();
    impl_ = std::make_unique<Impl>(std::move(options));
}

EmbeddedBroker::~EmbeddedBroker() { stop(); }

std::uint16_t EmbeddedBroker::port() const { return impl_->listener->port(); }

std::string EmbeddedBroker::url(std::string_view virtual_host) const {
    const BrokerOptions& options = impl_->options;
    std::string url = options.tls ? "amqps://" : "amqp://";
    if (!options.users.empty()) {
        const BrokerUser& user = options.users.front();
        url += percent_encoded(user.name) + ":" + percent_encoded(user.password) + "@";
    }
    const bool is_ipv6 = options.address.find(':') != std::string::npos;
    url += is_ipv6 ? "[" + options.address + "]" : options.address;
    return url + ":" + std::to_string(port()) + "/" + percent_encoded(virtual_host);
}

void EmbeddedBroker::stop() { impl_->listener->stop(); }

void EmbeddedBroker::restart() {
    impl_->run([this] {
        impl_->for_each_named("", [](Peer& peer) { peer.cut("the broker restarts"); });
        impl_->core.restart();
    });
}

std::vector<BrokerQueue> EmbeddedBroker::queues(std::string_view virtual_host) const {
    return impl_->run([&] {
        std::vector<BrokerQueue> queues;
        for (const auto& queue : impl_->core.list_queues(virtual_host)) {
            queues.push_back({.name = queue.name,
                              .is_durable = queue.durable,
                              .is_exclusive = queue.exclusive,
                              .is_auto_delete = queue.auto_delete,
                              .ready_count = queue.ready_count,
                              .unacknowledged_count = queue.unsettled_count,
                              .consumer_count = queue.consumer_count});
        }
        return queues;
    });
}

std::vector<BrokerBinding> EmbeddedBroker::bindings(std::string_view virtual_host) const {
    return impl_->run([&] {
        std::vector<BrokerBinding> bindings;
        for (const auto& binding : impl_->core.list_bindings(virtual_host)) {
            bindings.push_back({.exchange = binding.source,
                                .destination = binding.destination,
                                .is_to_exchange = binding.to_exchange,
                                .routing_key = binding.routing_key});
        }
        return bindings;
    });
}

std::vector<BrokerConnection> EmbeddedBroker::connections() const {
    return impl_->run([&] {
        std::vector<BrokerConnection> connections;
        impl_->for_each_named("", [&](const Peer& peer) {
            if (!peer.is_open()) return;
            connections.push_back({.id = peer.id(),
                                   .name = peer.connection_name(),
                                   .user = peer.user(),
                                   .virtual_host = peer.virtual_host(),
                                   .channel_count = peer.channel_count(),
                                   .published_count = peer.published_count(),
                                   .is_blocked = peer.is_blocked()});
        });
        return connections;
    });
}

BrokerMessages EmbeddedBroker::peek(std::string_view queue, std::size_t max_count,
                                    std::string_view virtual_host) const {
    return impl_->run([&] {
        BrokerMessages messages;
        for (const auto& message : impl_->core.peek(virtual_host, queue, max_count)) {
            messages.push_back(broker::shown(*message));
        }
        messages.further_count = impl_->core.ready_count(virtual_host, queue) - messages.size();
        return messages;
    });
}

std::size_t EmbeddedBroker::held_bytes() const {
    return impl_->run([&] { return impl_->core.held_bytes(); });
}

void EmbeddedBroker::set_policy(const BrokerPolicy& policy, std::string_view virtual_host) {
    impl_->run([&] { broker::set_policy(impl_->core, virtual_host, policy); });
}

void EmbeddedBroker::clear_policy(std::string_view name, std::string_view virtual_host) {
    impl_->run([&] { impl_->core.clear_policy(virtual_host, name); });
}

void EmbeddedBroker::add_user(const BrokerUser& user) {
    impl_->run([&] { broker::add_user(impl_->core, user, impl_->options.virtual_hosts); });
}

void EmbeddedBroker::remove_user(std::string_view name) {
    impl_->run([&] { impl_->core.remove_user(name); });
}

void EmbeddedBroker::set_max_message_bytes(std::uint64_t max_bytes) {
    impl_->run([&] { impl_->context.options.max_message_bytes = max_bytes; });
}

void EmbeddedBroker::set_consumer_timeout(std::chrono::milliseconds timeout) {
    impl_->run([&] { impl_->context.options.consumer_timeout = timeout; });
}

void EmbeddedBroker::declare_exchange(std::string_view name, std::string_view type,
                                      std::string_view virtual_host) {
    impl_->operate(virtual_host, [&](broker::Channel& channel) {
        channel.declare(wire::ExchangeDeclare{.exchange = name, .type = type, .durable = true});
    });
}

void EmbeddedBroker::declare_queue(std::string_view name, std::string_view exchange,
                                   const std::vector<std::string>& routing_keys,
                                   std::string_view virtual_host) {
    impl_->operate(virtual_host, [&](broker::Channel& channel) {
        channel.declare(wire::QueueDeclare{.queue = name, .durable = true});
        for (const std::string& key : routing_keys) {
            channel.bind(wire::QueueBind{.queue = name, .exchange = exchange, .routing_key = key});
        }
    });
}

std::size_t EmbeddedBroker::purge(std::string_view queue, std::string_view virtual_host) {
    return impl_->run([&] { return impl_->core.purge(virtual_host, queue); });
}

void EmbeddedBroker::delete_queue(std::string_view queue, std::string_view virtual_host) {
    impl_->run([&] { impl_->core.delete_queue(virtual_host, queue); });
}

void EmbeddedBroker::close_connections(std::string_view reason, std::string_view name) {
    impl_->run([&] {
        const auto now = Clock::now();
        impl_->for_each_named(name, [&](Peer& peer) { peer.close(reason, now); });
    });
}

void EmbeddedBroker::cut_connections(std::string_view name) {
    impl_->run([&] { impl_->for_each_named(name, [](Peer& peer) { peer.cut("cut by hand"); }); });
}

void EmbeddedBroker::close_channels(std::string_view text, std::string_view name) {
    impl_->run([&] {
        const auto now = Clock::now();
        impl_->for_each_named(name, [&](Peer& peer) {
            peer.close_channels(wire::ReplyCode::precondition_failed, text, now);
        });
    });
}

void EmbeddedBroker::cancel_consumers(std::string_view queue, std::string_view virtual_host) {
    impl_->run([&] { impl_->core.cancel_consumers(virtual_host, queue); });
}

void EmbeddedBroker::raise_alarm() {
    impl_->run([&] { impl_->core.raise_alarm(); });
}

void EmbeddedBroker::clear_alarm() {
    impl_->run([&] { impl_->core.clear_alarm(); });
}

void EmbeddedBroker::refuse_connections(bool is_refusing) {
    impl_->run([&] { impl_->listener->set_refusing(is_refusing); });
}

void EmbeddedBroker::set_faults(const ConnectionFaults& faults, std::string_view name) {
    impl_->run([&] {
        auto& rules = impl_->context.fault_rules;
        std::erase_if(rules, [&](const broker::FaultRule& rule) { return rule.name == name; });
        rules.push_back({.name = std::string(name), .faults = faults});
        impl_->for_each_named(name, [&](Peer& peer) { peer.set_faults(faults); });
    });
}

void EmbeddedBroker::clear_faults() {
    impl_->run([&] {
        impl_->context.fault_rules.clear();
        impl_->for_each_named("", [](Peer& peer) { peer.set_faults({}); });
    });
}

}  // namespace eventail
