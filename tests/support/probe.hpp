// A small blocking AMQP client for tests, on our own link and session but nothing above them: reads
// raw messages, and sends any. One connection, one channel with confirms, one thread.
#pragma once

#include "amqp/session.hpp"
#include "net/link.hpp"
#include "wire/buffer.hpp"
#include "wire/properties.hpp"
#include "wire/table.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace eventail::test {

/// A message as received. Copies share the memory behind the views of `properties`.
struct RawMessage {
    std::string exchange = {};
    std::string routing_key = {};
    std::string body = {};
    wire::Properties properties = {};
    bool is_redelivered = false;
    std::uint64_t delivery_tag = 0;
    std::string consumer_tag = {};

    /// The value of a text header.
    std::optional<std::string> header(std::string_view name) const;
    std::string message_id() const { return std::string(properties.message_id.value_or("")); }

    std::shared_ptr<const wire::Buffer> header_frame = {};
};

/// The broker closed the channel or the connection. The probe opens a new channel automatically.
class Refused : public std::runtime_error {
public:
    Refused(std::uint16_t reply_code, const std::string& text)
        : std::runtime_error(std::to_string(reply_code) + " " + text), code(reply_code) {}
    std::uint16_t code = 0;  ///< 0: the connection was lost
};

struct QueueOptions {
    bool is_durable = true;
    bool is_exclusive = false;
    wire::TableView arguments = {};
};

/// Every verb waits for the broker's answer. It throws Refused, or std::runtime_error after ten
/// seconds.
class Probe final : private amqp::SessionEvents {
public:
    /// Connects, without heartbeats, and declares the four exchanges of the bus.
    explicit Probe(const std::string& url);
    ~Probe();
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    /// @return its name; an empty one lets the broker choose
    std::string declare_queue(std::string_view name, const QueueOptions& options = {});
    void declare_exchange(std::string_view name, std::string_view type = "topic");
    void bind(std::string_view queue, std::string_view exchange, std::string_view routing_key);
    void delete_queue(std::string_view name);
    void purge_queue(std::string_view name);
    std::uint32_t message_count(std::string_view queue);

    /// Sends a message and waits for its confirm. @return false: nacked, or returned
    bool publish(std::string_view exchange, std::string_view routing_key,
                 const wire::Properties& properties, std::string_view body, bool mandatory = false);

    /// Takes the next message of a queue and acknowledges it. Nothing if the queue is empty.
    std::optional<RawMessage> get(std::string_view queue);
    /// Like get(), but waits for a message; throws std::runtime_error if none comes in time.
    RawMessage take(std::string_view queue,
                    std::chrono::milliseconds timeout = std::chrono::seconds{10});

    /// Consumes a queue from now on; next() returns the messages.
    void consume(std::string_view queue, bool with_acks = false, std::uint16_t prefetch = 1000);
    /// The next message for a consumer. Nothing if none comes in time.
    std::optional<RawMessage> next(std::chrono::milliseconds timeout = std::chrono::seconds{10});
    void ack(std::uint64_t delivery_tag, bool multiple = false);
    void nack(std::uint64_t delivery_tag, bool requeue = true);

private:
    void on_open() override {}
    void on_reply(std::uint16_t channel, const wire::Method& reply) override;
    void on_delivery(const amqp::Delivery& delivery) override;
    void on_returned(const amqp::Returned&) override { has_return_ = true; }
    void on_confirm(std::uint16_t, std::uint64_t, bool, bool is_ack) override { confirm_ = is_ack; }
    void on_consumer_cancelled(std::uint16_t, std::string_view) override {}
    void on_channel_closed(std::uint16_t channel, wire::ReplyCode code,
                           std::string_view text) override;
    void on_blocked(bool, std::string_view) override {}
    void on_end(const amqp::SessionEnd& end) override;

    void open_channel();
    template <typename Request>
    void call(const Request& request);
    template <typename Condition>
    bool wait_for(Condition condition, std::chrono::milliseconds timeout);
    template <typename Condition>
    void expect(Condition condition, std::string_view what);
    void step(TimePoint until);
    void flush_output(TimePoint now);

    net::Link link_;
    std::optional<amqp::Session> session_;
    std::uint64_t replies_ = 0;
    std::uint64_t expected_replies_ = 0;
    std::string declared_name_;
    std::uint32_t message_count_ = 0;
    bool has_return_ = false;
    std::optional<bool> confirm_;
    std::optional<Refused> failure_;
    std::optional<RawMessage> got_;
    std::deque<RawMessage> received_;
};

}  // namespace eventail::test
