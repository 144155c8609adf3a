// The broker without its sockets: users, virtual hosts and their contents, connections, and time.
// Pure and single-threaded. It does what RabbitMQ 3.10 does; docs/broker.md lists what is missing.
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
    /// The date when the core starts, for x-death.
    std::chrono::sys_seconds started_at = {};
    /// Beyond it the memory alarm is on; beyond twice as much nothing new is declared.
    std::size_t memory_limit_bytes = std::size_t{256} << 20;
};

/// A new core has the virtual host "/" and the user guest, password guest, with all permissions.
///
/// How to drive it: tick() before handling what came in, operations on channels, then dispatch(),
/// which sends the deliveries; tick() again at next_deadline(). Connections must be gone before
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
    /// Regular expressions, each searched for in a name. Replaces what was set before.
    void set_permissions(std::string_view user, std::string_view host,
                         const Permissions& permissions);

    /// The caller has checked the password. Throws wire::ProtocolError (530) if the virtual host is
    /// missing or closed to the user. The recipient must outlive the connection.
    std::unique_ptr<Connection> connect(std::string_view user, std::string_view host,
                                        Recipient& recipient);

    // --- time and deliveries

    /// Sets the time, which must not go back, and expires the messages and queues that are due.
    void tick(TimePoint now);
    /// When tick() has something to do: at once if there is pending work.
    std::optional<TimePoint> next_deadline() const;
    /// Hands out what consumers can take, to the recipients of any connection, and publishes dead
    /// letters: as much as takes some milliseconds.
    void dispatch();
    /// There is more to do: dispatch() again, once others have been served.
    bool has_pending_work() const { return environment_.has_pending_work(); }

    // --- memory

    /// An estimate of what messages, queues, bindings and consumers take.
    std::size_t held_bytes() const;
    /// True above the memory limit, or when raised by hand. Publishers must not be read then.
    bool is_alarmed() const;
    void raise_alarm() { is_alarm_raised_ = true; }
    void clear_alarm() { is_alarm_raised_ = false; }
    /// Dead letters that were dropped because twice the memory limit was held.
    std::uint64_t lost_letter_count() const { return environment_.lost_letter_count(); }

    // --- what RabbitMQ's tools offer. An unknown virtual host or queue is std::out_of_range

    /// Throws InvalidPattern; PatternGaveUp if the search in a name that is there takes too long.
    void set_policy(std::string_view host, Policy policy);
    void clear_policy(std::string_view host, std::string_view name);
    std::vector<ExchangeListing> list_exchanges(std::string_view host) const;
    std::vector<QueueListing> list_queues(std::string_view host) const;
    std::vector<BindingListing> list_bindings(std::string_view host) const;
    std::vector<ConsumerListing> list_consumers(std::string_view host) const;
    /// The ready messages, from the head. They stay in the queue.
    std::vector<MessagePtr> peek(std::string_view host, std::string_view queue,
                                 std::size_t max_count) const;
    std::size_t purge(std::string_view host, std::string_view queue);
    /// Its consumers are cancelled.
    void delete_queue(std::string_view host, std::string_view queue);
    /// Cancels the consumers, as a failover does.
    void cancel_consumers(std::string_view host, std::string_view queue);

    /// As if the broker had been killed and started again: durable exchanges and queues survive,
    /// with persistent messages. All connections must be gone (std::logic_error).
    void restart();

    /// Whether all counts and lists agree with what is there. For assertions: it looks at
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
