// A queue: its ready messages, its limits, its consumers. Messages enter by publish(), leave by
// dispatch() to consumers or by take(), and come back by settle(). The environment later publishes
// its dead letters.
#pragma once

#include "base/time.hpp"
#include "broker/core/arguments.hpp"
#include "broker/core/binding.hpp"
#include "broker/core/consumers.hpp"
#include "broker/core/dead_letter.hpp"
#include "broker/core/memory.hpp"
#include "broker/core/message.hpp"
#include "broker/core/policy.hpp"
#include "broker/core/queue_timers.hpp"
#include "broker/core/queued_message.hpp"
#include "broker/core/ready_messages.hpp"
#include "broker/core/unsettled.hpp"
#include "wire/table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventail::broker {

class Connection;
class VirtualHost;

struct QueueDefinition {
    std::string name = {};
    bool durable = false;
    bool auto_delete = false;
    Connection* owner = nullptr;  ///< Only this connection may use an exclusive queue.
    wire::Table arguments = {};
    QueueArguments read = {};  ///< Values of the arguments.
};

class Queue : public BindingTarget, public std::enable_shared_from_this<Queue> {
public:
    Queue(VirtualHost& host, QueueDefinition definition);

    const QueueDefinition& definition() const { return definition_; }
    bool is_exclusive() const { return definition_.owner != nullptr || is_orphaned_; }
    /// Its owner is gone: nobody may use it until it is deleted, which is soon.
    void orphan() {
        definition_.owner = nullptr;
        is_orphaned_ = true;
    }
    bool is_orphaned() const { return is_orphaned_; }

    void apply(const Policy* policy);
    const std::string& policy_name() const { return policy_name_; }

    // --- messages

    /// False if the queue is full and refuses messages.
    bool publish(const MessagePtr& message);
    /// For basic.get. The message counts as unsettled until settle().
    std::optional<QueuedMessage> take();
    /// Settles a message from take() or dispatch().
    void settle(QueuedMessage queued, Disposition disposition);
    /// Returns the number of removed messages. Unsettled ones stay.
    std::size_t purge();
    const ReadyMessages& ready() const { return ready_; }
    std::size_t unsettled_count() const { return unsettled_count_; }

    // --- consumers

    const Consumers& consumers() const { return consumers_; }
    void add_consumer(const std::shared_ptr<Consumer>& consumer);
    /// Deletes an auto-delete queue with its last consumer.
    void remove_consumer(Consumer& consumer);
    /// Their channels send the cancellation to the clients.
    void cancel_consumers();
    /// The channel may have room again for its consumers of this queue.
    void resume(const Channel& channel);
    /// The same for one consumer.
    void resume(Consumer& consumer);
    /// Lists the queue for the next dispatch.
    void dispatch_later();
    /// Hands ready messages to consumers that can take them.
    void dispatch();

    // --- time

    /// Notes a use: a declaration, a get, a consumer that left.
    void touch();
    /// Does everything due.
    void wake();

    // --- ends

    /// Nothing comes to it from now on. Called by the virtual host, which then forgets it.
    void close();
    /// Takes a message or a consumer out of a closed queue. False if nothing is left.
    bool dismantle();
    /// Drops the messages that do not survive a restart.
    void drop_transient_messages();

    /// Whether all counts agree with the contents. For assertions: it looks at everything.
    bool is_consistent() const;

private:
    bool is_full_with(const Message& message) const;
    void push(const MessagePtr& message);
    void drop_excess();
    void drop_expired(bool including_now);
    void bury(const QueuedMessage& queued, DeathReason reason);
    void schedule();
    void wake_at(TimePoint at);
    bool has_limits() const { return max_length_ || max_length_bytes_; }
    std::optional<TimePoint> unused_until() const;

    VirtualHost& host_;
    MemoryCharge charge_;
    QueueDefinition definition_;
    std::string policy_name_;

    std::optional<std::string> dead_letter_exchange_;
    std::optional<std::string> dead_letter_routing_key_;
    std::optional<std::chrono::milliseconds> message_ttl_;
    std::optional<std::chrono::milliseconds> expires_;
    std::optional<std::uint64_t> max_length_;
    std::optional<std::uint64_t> max_length_bytes_;
    Overflow overflow_ = Overflow::drop_head;

    ReadyMessages ready_;
    std::size_t unsettled_count_ = 0;
    std::uint64_t last_position_ = 0;
    Consumers consumers_;
    bool is_closed_ = false;
    bool is_orphaned_ = false;
    bool is_listed_ = false;  ///< To dispatch later.
    TimePoint used_at_;
    QueueTimers::Id timer_;
    TimePoint wakes_at_ = TimePoint::max();
};

}  // namespace eventail::broker
