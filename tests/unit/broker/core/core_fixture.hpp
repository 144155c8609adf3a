// A core with clients that speak in methods and remember what they received.
#pragma once

#include "broker/core/core.hpp"
#include "wire/protocol_error.hpp"
#include "wire/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventail::broker {

using namespace std::chrono_literals;

inline std::string body_of(const Message& message) {
    return std::string(wire::as_text(message.body()));
}

struct Received {
    std::uint16_t channel = 0;
    std::string consumer_tag = {};
    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
    MessagePtr message = {};
};

struct QueueOptions {
    bool durable = false;
    bool exclusive = false;
    bool auto_delete = false;
    wire::Table arguments = {};
};

struct ExchangeOptions {
    bool durable = false;
    bool auto_delete = false;
    bool internal = false;
    wire::Table arguments = {};
};

struct ConsumeOptions {
    std::string tag = {};
    bool no_ack = false;
    bool exclusive = false;
    wire::Table arguments = {};
};

/// A connection; its operations use channel 1 unless they say otherwise.
class Client : public Recipient {
public:
    explicit Client(Core& core, std::string_view user = "guest", std::string_view host = "/")
        : core_(core), connection_(core.connect(user, host, *this)) {
        channel(1);
    }

    Connection& connection() { return *connection_; }
    Channel& channel(std::uint16_t number = 1) {
        Channel*& open = open_channels_[number];
        if (open == nullptr) open = &connection_->open_channel(number);
        return *open;
    }
    /// Nothing if it is not open.
    const Channel* find_channel(std::uint16_t number) const {
        const auto found = open_channels_.find(number);
        return found == open_channels_.end() ? nullptr : found->second;
    }
    void close_channel(std::uint16_t number) {
        open_channels_.erase(number);
        connection_->close_channel(number);
    }
    void disconnect() { connection_.reset(); }

    QueueStatus declare_queue(std::string_view name, const QueueOptions& options = {}) {
        return channel().declare(wire::QueueDeclare{.queue = name,
                                                    .durable = options.durable,
                                                    .exclusive = options.exclusive,
                                                    .auto_delete = options.auto_delete,
                                                    .arguments = options.arguments});
    }
    void declare_exchange(std::string_view name, std::string_view type,
                          const ExchangeOptions& options = {}) {
        channel().declare(wire::ExchangeDeclare{.exchange = name,
                                                .type = type,
                                                .durable = options.durable,
                                                .auto_delete = options.auto_delete,
                                                .internal = options.internal,
                                                .arguments = options.arguments});
    }
    void bind(std::string_view queue, std::string_view exchange, std::string_view key,
              const wire::Table& arguments = {}) {
        channel().bind(wire::QueueBind{
            .queue = queue, .exchange = exchange, .routing_key = key, .arguments = arguments});
    }
    void bind_exchange(std::string_view destination, std::string_view source,
                       std::string_view key) {
        channel().bind(
            wire::ExchangeBind{.destination = destination, .source = source, .routing_key = key});
    }

    Fate publish(std::string_view exchange, std::string_view key, std::string_view body,
                 const wire::Properties& properties = {}) {
        wire::Buffer bytes;
        bytes.append(wire::as_bytes(body));
        return channel()
            .publish({.exchange = exchange, .routing_key = key},
                     encode_properties(properties).view(), std::move(bytes))
            .fate;
    }
    /// Publishes straight to a queue.
    Fate send(std::string_view queue, std::string_view body,
              const wire::Properties& properties = {}) {
        return publish("", queue, body, properties);
    }

    std::string consume(std::string_view queue, const ConsumeOptions& options = {},
                        std::uint16_t on_channel = 1) {
        return channel(on_channel)
            .consume({.queue = queue,
                      .consumer_tag = options.tag,
                      .no_ack = options.no_ack,
                      .exclusive = options.exclusive,
                      .arguments = options.arguments});
    }
    void prefetch(std::uint16_t count, bool global = false, std::uint16_t on_channel = 1) {
        channel(on_channel).qos({.prefetch_count = count, .global = global});
    }
    void ack(std::uint64_t tag, bool multiple = false, std::uint16_t on_channel = 1) {
        channel(on_channel).ack({.delivery_tag = tag, .multiple = multiple});
    }
    void nack(std::uint64_t tag, bool requeue, bool multiple = false) {
        channel().nack({.delivery_tag = tag, .multiple = multiple, .requeue = requeue});
    }

    std::optional<Got> get(std::string_view queue, bool no_ack = false) {
        return channel().get({.queue = queue, .no_ack = no_ack});
    }
    /// Empties a queue, and returns the bodies of its ready messages.
    std::vector<std::string> drain(std::string_view queue) {
        std::vector<std::string> bodies;
        while (const auto got = get(queue, true)) bodies.push_back(body_of(*got->message));
        return bodies;
    }

    /// The deliveries since the last call.
    std::vector<Received> take() {
        core_.dispatch();
        return std::exchange(received_, {});
    }
    std::vector<std::string> take_bodies() {
        std::vector<std::string> bodies;
        for (const Received& received : take()) bodies.push_back(body_of(*received.message));
        return bodies;
    }
    const std::vector<std::string>& cancelled() const { return cancelled_; }
    /// Its output is full after that many deliveries.
    void pause_after(std::size_t count) { pause_after_ = count; }

    void deliver(const Delivery& delivery) override {
        received_.push_back({delivery.channel, std::string(delivery.consumer_tag),
                             delivery.delivery_tag, delivery.redelivered, delivery.message});
        if (received_.size() == pause_after_) connection_->pause();
    }
    void consumer_cancelled(std::uint16_t, std::string_view consumer_tag) override {
        cancelled_.emplace_back(consumer_tag);
    }

private:
    Core& core_;
    std::vector<Received> received_;
    std::vector<std::string> cancelled_;
    std::size_t pause_after_ = 0;
    std::map<std::uint16_t, Channel*> open_channels_;
    std::unique_ptr<Connection> connection_;
};

/// A core at time 0, a client, and a clock to turn.
class BrokerTest : public testing::Test {
protected:
    void pass(std::chrono::milliseconds time) {
        now_ += time;
        core_.tick(now_);
    }
    std::size_t ready_count(std::string_view queue) {
        core_.dispatch();
        for (const QueueListing& listed : core_.list_queues("/")) {
            if (listed.name == queue) return listed.ready_count;
        }
        ADD_FAILURE() << "there is no queue " << queue;
        return 0;
    }
    bool has_queue(std::string_view queue) const {
        for (const QueueListing& listed : core_.list_queues("/")) {
            if (listed.name == queue) return true;
        }
        return false;
    }
    bool has_exchange(std::string_view exchange) const {
        for (const ExchangeListing& listed : core_.list_exchanges("/")) {
            if (listed.name == exchange) return true;
        }
        return false;
    }

    TimePoint now_ = {};
    Core core_{now_, {.seed = 1, .started_at = std::chrono::sys_seconds(1'000'000s)}};
    Client client_{core_};
};

/// Expects a refusal with that code and text.
template <typename Operation>
void expect_refusal(wire::ReplyCode code, std::string_view text, Operation&& operation) {
    try {
        operation();
        ADD_FAILURE() << "not refused, expected: " << text;
    } catch (const wire::ProtocolError& error) {
        EXPECT_EQ(error.code(), code);
        EXPECT_EQ(error.what(), text);
    }
}

}  // namespace eventail::broker
