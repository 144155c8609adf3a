// A channel: a client's operations, method by method, and its unsettled deliveries. It takes
// decoded methods. The peer turns results into replies, and sends confirms and returns.
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

/// The content of queue.declare-ok.
struct QueueStatus {
    std::string name = {};
    std::uint32_t message_count = 0;  ///< Ready ones.
    std::uint32_t consumer_count = 0;
};

/// What happened to a published message.
enum class Fate {
    routed,      ///< All queues on its route took it: confirm it.
    unroutable,  ///< No queue: return it if it was mandatory, then confirm it.
    rejected,    ///< A full queue refused it (reject-publish): nack it. Others may have it.
    held,        ///< Waits for the transaction's commit.
};

struct Published {
    Fate fate = Fate::routed;
    MessagePtr message = {};  ///< For basic.return.
};

/// The content of basic.get-ok.
struct Got {
    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
    std::uint32_t message_count = 0;  ///< Left in the queue.
    MessagePtr message = {};
};

/// The result of one part of a longer operation.
struct Progress {
    std::vector<MessagePtr> returned = {};  ///< Mandatory messages of a commit without a queue.
    bool is_committed = false;
    bool is_rolled_back = false;
};

/// Opened and closed by its Connection.
///
/// Settling, committing and rolling back any number of messages takes time, in which other clients
/// need service. So each call does a part; while the channel is_busy(), call only go_on().
///
/// Every operation throws wire::ProtocolError with RabbitMQ's reply code and text, including the
/// code's name ("NOT_FOUND - no queue 'x' in vhost '/'"); wire::is_hard() says whether it closes
/// the channel or the connection. An operation that throws has changed nothing.
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
    /// Returns the number of removed messages.
    std::uint32_t purge(const wire::QueuePurge& method);
    /// Returns the number of messages in the deleted queue.
    std::uint32_t remove(const wire::QueueDelete& method);

    // --- messages

    /// `properties` are the flags and values of the content header.
    Published publish(const wire::BasicPublish& method, wire::Bytes properties, wire::Buffer body);

    /// Throws unless publishes may be confirmed: not in a transaction (406).
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

    // --- transactions and longer operations (channel_transaction.cpp)

    /// Throws wire::ProtocolError (406) if the channel confirms publishes.
    void select_transaction(bool is_confirming);
    Progress commit();
    Progress rollback();
    bool is_busy() const { return settling_ || committing_ || rolling_back_; }
    /// Throws wire::ProtocolError (406) at the end of a commit if a full queue refused a message.
    Progress go_on();

    /// Includes deliveries whose settlement waits for a commit.
    std::size_t unsettled_count() const;
    /// When the oldest unsettled delivery was made.
    std::optional<TimePoint> unsettled_since() const { return unsettled_.oldest(); }

    // --- for queues

    /// Whether neither a limit nor a full output prevents a delivery.
    bool can_take(const Consumer& consumer) const;
    void hand_over(const std::shared_ptr<Consumer>& consumer, std::shared_ptr<Queue> queue,
                   QueuedMessage queued);
    void consumer_was_cancelled(const Consumer& consumer);
    /// The output may have room again: gives all consumers a turn.
    void resume();

    // --- for reply addresses

    void deliver_reply(const MessagePtr& message);

private:
    VirtualHost& host() const;
    void require(AccessKind kind, const ResourceName& resource) const;
    void require_writable(std::string_view exchange);
    Queue& accessible_queue(std::string_view name) const;
    void require_access(const Queue& queue) const;
    /// The empty name means the last declared queue.
    std::string expanded(std::string_view queue) const;

    QueueStatus status(const Queue& queue);
    void declare_again(Queue& queue, const wire::QueueDeclare& method) const;
    void declare_new(std::string name, const wire::QueueDeclare& method);
    void add_exchange(const wire::ExchangeDeclare& method, std::string name);
    /// Does the checks that binding and unbinding share.
    void require_bindable(std::string_view source, const ResourceName& target) const;

    struct Settling {
        std::uint64_t last_tag = 0;
        Disposition disposition = Disposition::acknowledge;
        bool is_held = false;  ///< Waits in the transaction for its commit.
    };
    class Requeuing;
    /// A consumer without a queue.
    struct ReplyConsumer {
        std::string tag = {};
        std::string address = {};
        std::deque<MessagePtr> waiting = {};  ///< Waits for room in the client's output.
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
    std::optional<std::string> writable_exchange_;  ///< The last one found writable.

    std::uint32_t consumer_prefetch_ = 0;  ///< For later consumers.
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
