// The broker without its sockets: users, virtual hosts and their contents, connections, and time.
// Pure and single-threaded. Behaves like RabbitMQ 3.10; docs/broker.md lists the gaps.
#pragma once

#include "base/time.hpp"
#include "broker/core/access.hpp"
#include "broker/core/connection.hpp"
#include "broker/core/environment.hpp"
#include "broker/core/listing.hpp"
#include "broker/core/policy.hpp"
#include "broker/core/recipient.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::broker {

struct CoreOptions {
    /// The seed of generated names.
    std::uint64_t seed = 0;
    /// The date at the start of the core, for x-death.
    std::chrono::sys_seconds started_at = {};
    /// Beyond this, the memory alarm is on; beyond twice as much, new declarations are refused.
    std::size_t memory_limit_bytes = std::size_t{256} << 20;
};

/// A new core has the virtual host "/" and the user guest, password guest, with all permissions.
///
/// How to drive it: tick() before handling input, then operations on channels, then dispatch(),
/// which sends the deliveries; tick() again at next_deadline(). Destroy the connections before
/// their core.
class Core {
public:
    explicit Core(TimePoint now, CoreOptions options = {});
    ~Core();

    // --- logins and permissions

    void add_user(User user);
    void remove_user(std::string_view name);
    bool is_login(std::string_view user, std::string_view password) const;
    void add_virtual_host(std::string_view name);
    /// Regular expressions, each searched for in a name. Replaces earlier permissions.
    void set_permissions(std::string_view user, std::string_view host,
                         const Permissions& permissions);

    /// The caller has checked the password. Throws wire::ProtocolError (530) if the virtual host
    /// does not exist or the user may not enter it. The recipient must outlive the connection.
    std::unique_ptr<Connection> connect(std::string_view user, std::string_view host,
                                        Recipient& recipient);

    // --- time and deliveries

    /// Sets the time, which must not go back, and expires the messages and queues that are due.
    void tick(TimePoint now);
    /// When tick() has something to do: at once if there is pending work.
    std::optional<TimePoint> next_deadline() const;
    /// Hands messages to consumers that can take them, through the recipients of any connection,
    /// and publishes dead letters, for a few milliseconds at most.
    void dispatch();
    /// Dispatch has more to do: call it again after serving others.
    bool has_pending_work() const { return environment_.has_pending_work(); }

    // --- memory

    /// Estimates the memory of messages, queues, bindings and consumers.
    std::size_t held_bytes() const;
    /// True above the memory limit, or when raised by hand. Do not read from publishers then.
    bool is_alarmed() const;
    void raise_alarm() { is_alarm_raised_ = true; }
    void clear_alarm() { is_alarm_raised_ = false; }
    /// Dead letters dropped because memory use was above twice the limit.
    std::uint64_t lost_letter_count() const { return environment_.lost_letter_count(); }

    // --- the features of RabbitMQ's tools. An unknown virtual host or queue is std::out_of_range

    /// Throws InvalidPattern; PatternGaveUp if the search in an existing name takes too long.
    void set_policy(std::string_view host, Policy policy);
    void clear_policy(std::string_view host, std::string_view name);
    std::vector<ExchangeListing> list_exchanges(std::string_view host) const;
    std::vector<QueueListing> list_queues(std::string_view host) const;
    std::vector<BindingListing> list_bindings(std::string_view host) const;
    std::vector<ConsumerListing> list_consumers(std::string_view host) const;
    /// The ready messages, from the head. Leaves them in the queue.
    std::vector<MessagePtr> peek(std::string_view host, std::string_view queue,
                                 std::size_t max_count) const;
    std::size_t ready_count(std::string_view host, std::string_view queue) const;
    std::size_t purge(std::string_view host, std::string_view queue);
    /// Cancels its consumers.
    void delete_queue(std::string_view host, std::string_view queue);
    /// Cancels the consumers, as a failover does.
    void cancel_consumers(std::string_view host, std::string_view queue);

    /// As if the broker had been killed and started again: durable exchanges and queues survive,
    /// with persistent messages. All connections must be gone (std::logic_error).
    void restart();

    /// Whether all counts and lists agree with the contents. For assertions: it looks at
    /// everything.
    bool is_consistent() const;

    // --- for connections

    Environment& environment() { return environment_; }
    AccessRules& access() { return access_; }

private:
    friend class Connection;

    VirtualHost& host(std::string_view name) const;
    Queue& queue(std::string_view host_name, std::string_view name) const;

    bool is_alarm_raised_ = false;
    std::size_t connection_count_ = 0;
    AccessRules access_;
    Environment environment_;
    std::map<std::string, std::unique_ptr<VirtualHost>, std::less<>> hosts_;
};

}  // namespace eventail::broker
