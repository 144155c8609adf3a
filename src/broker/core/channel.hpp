// A channel: the operations of a client, method by method, and its unsettled deliveries. It takes
// decoded methods; the peer turns results into replies, and does confirms and returns.
#pragma once

#include "broker/core/message.hpp"
#include "broker/core/transaction.hpp"
#include "broker/core/unsettled.hpp"
#include "wire/methods.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::broker {

class Connection;
class Exchange;
class VirtualHost;
enum class AccessKind;
struct ResourceName;

/// What queue.declare-ok says.
struct QueueStatus {
    std::string name = {};
    std::uint32_t message_count = 0;  ///< Ready ones.
    std::uint32_t consumer_count = 0;
};

/// What became of a published message.
enum class Fate {
    routed,      ///< All queues that it was routed to took it: confirm it.
    unroutable,  ///< No queue: return it if it was mandatory, then confirm it.
    rejected,    ///< A full queue refused it (reject-publish): nack it. Other queues may have it.
    held,        ///< Until the transaction is committed.
};

struct Published {
    Fate fate = Fate::routed;
    MessagePtr message = {};  ///< For basic.return.
};

/// What basic.get-ok says.
struct Got {
    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
    std::uint32_t message_count = 0;  ///< Left in the queue.
    MessagePtr message = {};
};

/// What a part of a longer operation brought.
struct Progress {
    std::vector<MessagePtr> returned = {};  ///< Mandatory ones without a queue, of a commit.
    bool is_committed = false;
    bool is_rolled_back = false;
};

/// Opened and closed by its Connection.
///
/// Settling, committing and rolling back any number of messages takes time, in which others have to
/// be served. So each call does a part; while the channel is_busy(), call go_on() and nothing else.
///
/// Every operation throws wire::ProtocolError with RabbitMQ's reply code and text, the code's name
/// included ("NOT_FOUND - no queue 'x' in vhost '/'"); wire::is_hard() says whether it closes the
/// channel or the connection. An operation that throws has changed nothing.
class Channel {
public:
    Channel(Connection& connection, std::uint16_t number);
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    /// Cancels the consumers and requeues the unsettled deliveries, in their order.
    ~Channel();

    std::uint16_t number() const { return number_; }

    // --- exchanges and queues (channel_topology.cpp)

    void declare(const wire::ExchangeDeclare& method);
    void remove(const wire::ExchangeDelete& method);
    void bind(const wire::ExchangeBind& method);
    void unbind(const wire::ExchangeUnbind& method);

    QueueStatus declare(const wire::QueueDeclare& method);
    void bind(const wire::QueueBind& method);
    void unbind(const wire::QueueUnbind& method);
    /// Returns how many messages it removed.
    std::uint32_t purge(const wire::QueuePurge& method);
    /// Returns how many messages were in it.
    std::uint32_t remove(const wire::QueueDelete& method);

    // --- messages

    /// `properties` are the flags and values of the content header.
    Published publish(const wire::BasicPublish& method, wire::Bytes properties, wire::Buffer body);

    /// Whether publishes are confirmed: not in a transaction (406).
    void require_confirmable() const;
    void qos(const wire::BasicQos& method);
    /// The consumer's tag, generated if the method has none. Deliveries start with the next
    /// Core::dispatch(), so that consume-ok can go out before.
    std::string consume(const wire::BasicConsume& method);
    /// Cancelling an unknown consumer is not an error.
    void cancel(const wire::BasicCancel& method);
    std::optional<Got> get(const wire::BasicGet& method);

    void ack(const wire::BasicAck& method);
    void nack(const wire::BasicNack& method);
    void reject(const wire::BasicReject& method);
    /// Requeues all unsettled deliveries; 540 without requeue.
    void recover(const wire::BasicRecover& method);

    // --- transactions and what takes longer (channel_transaction.cpp)

    /// Throws wire::ProtocolError (406) if publishes are confirmed.
    void select_transaction(bool is_confirming);
    Progress commit();
    Progress rollback();
    bool is_busy() const { return settling_ || committing_ || rolling_back_; }
    /// Throws wire::ProtocolError (406) at the end of a commit if a full queue refused something.
    Progress go_on();

    /// With the deliveries whose settlement waits for a commit.
    std::size_t unsettled_count() const;
    /// Since when the oldest unsettled delivery has waited.
    std::optional<TimePoint> unsettled_since() const { return unsettled_.oldest(); }

    // --- for queues

    /// Whether neither a limit nor a full output holds it back.
    bool can_take(const Consumer& consumer) const;
    void hand_over(const std::shared_ptr<Consumer>& consumer, std::shared_ptr<Queue> queue,
                   QueuedMessage queued);
    void consumer_was_cancelled(const Consumer& consumer);
    /// There may be room again, for all of its consumers.
    void resume();

    // --- for reply addresses

    void deliver_reply(const MessagePtr& message);

private:
    VirtualHost& host() const;
    void require(AccessKind kind, const ResourceName& resource) const;
    void require_writable(std::string_view exchange);
    Queue& accessible_queue(std::string_view name) const;
    void require_access(const Queue& queue) const;
    /// The empty name means the queue that was declared last.
    std::string expanded(std::string_view queue) const;

    QueueStatus status(const Queue& queue);
    void declare_again(Queue& queue, const wire::QueueDeclare& method) const;
    void declare_new(std::string name, const wire::QueueDeclare& method);
    void add_exchange(const wire::ExchangeDeclare& method, std::string name);
    /// Checks what binding and unbinding have in common.
    void require_bindable(std::string_view source, const ResourceName& target) const;

    struct Settling {
        std::uint64_t last_tag = 0;
        Disposition disposition = Disposition::acknowledge;
        bool is_held = false;  ///< In the transaction, until its commit.
    };
    class Requeuing;
    /// A consumer without a queue.
    struct ReplyConsumer {
        std::string tag = {};
        std::string address = {};
        std::deque<MessagePtr> waiting = {};  ///< For room in the client's output.
    };

    std::string consume_replies(const wire::BasicConsume& method);
    void cancel_replies();
    void deliver_waiting_replies();
    QueueStatus declare_reply_queue(std::string_view name);

    void require_transaction() const;
    void go_on_settling();
    void go_on_committing(Progress& progress);
    void go_on_rolling_back(Progress& progress);
    void settle(std::uint64_t delivery_tag, bool multiple, Disposition disposition);
    void settle(Unsettled unsettled, Disposition disposition);
    void resume(Consumer& consumer);
    bool is_at_channel_limit() const;

    Connection& connection_;
    std::uint16_t number_;
    std::string last_declared_queue_;
    std::optional<std::string> writable_exchange_;  ///< The last that was found writable.

    std::uint32_t consumer_prefetch_ = 0;  ///< For the consumers to come.
    std::uint32_t channel_prefetch_ = 0;   ///< For all of them together. 0: without limit.
    std::uint32_t consumers_unsettled_ = 0;
    std::uint64_t last_delivery_tag_ = 0;
    UnsettledDeliveries unsettled_;
    std::map<std::string, std::shared_ptr<Consumer>, std::less<>> consumers_;
    std::optional<ReplyConsumer> reply_consumer_;

    std::unique_ptr<Transaction> transaction_;
    std::optional<Settling> settling_;
    std::unique_ptr<Transaction> committing_;
    bool is_commit_refused_ = false;
    std::unique_ptr<Transaction> rolling_back_;
};

}  // namespace eventail::broker
