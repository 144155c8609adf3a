// The parts that contract tests of services share: a broker, a probe, a logical service of the
// test's own, and the local log.
#pragma once

#include "support/broker.hpp"
#include "support/local_log.hpp"
#include "support/probe.hpp"
#include "wire/table.hpp"
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace eventail::test {

using namespace std::chrono_literals;

/// Waits for a condition. @return whether it became true in time
template <typename Condition>
[[nodiscard]] bool eventually(Condition condition, std::chrono::milliseconds patience = 20s) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= give_up) return false;
        ::poll(nullptr, 0, 5);
    }
    return true;
}

inline double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// A handler waits at it until the test opens it.
class Gate {
public:
    void open() { promise_.set_value(); }
    void wait() const { future_.wait(); }
    /// @return whether it was opened in time
    bool wait_for(std::chrono::milliseconds time) const {
        return future_.wait_for(time) == std::future_status::ready;
    }

private:
    std::promise<void> promise_;
    std::shared_future<void> future_ = promise_.get_future().share();
};

/// Counts how often it became ready; the test's lambdas do the rest.
class Tested : public Service {
public:
    using Service::Service;
    void on_ready() override { ++ready; }
    void on_unconfigured() override { ++unconfigured; }

    std::atomic<int> ready = 0;
    std::atomic<int> unconfigured = 0;
};

/// Supervises a service in a separate thread; stops it at the latest when this object is destroyed.
class Supervised {
public:
    explicit Supervised(Service& service)
        : service_(service), thread_([this] {
              status_ = supervise(service_);
              is_over_ = true;
          }) {}
    ~Supervised() {
        if (thread_.joinable()) stop();
    }
    Supervised(const Supervised&) = delete;
    Supervised& operator=(const Supervised&) = delete;

    bool is_over() const { return is_over_; }
    /// Waits for its end. @return the exit status
    int status() {
        if (thread_.joinable()) thread_.join();
        return status_;
    }
    int stop() {
        service_.stop();
        return status();
    }

private:
    Service& service_;
    int status_ = -1;
    std::atomic<bool> is_over_ = false;
    std::thread thread_;
};

/// The fields of a peer's message, in the order in which tests write them.
struct Sent {
    std::string_view body = "{}";
    std::string_view content_type = "application/json";
    std::optional<std::string_view> conversation_id = "c-1";
    std::optional<std::string_view> reply_to = {};
    std::optional<std::string_view> correlation_id = {};
    std::optional<std::string_view> message_id = {};
    std::optional<std::string_view> status = {};
    std::uint8_t delivery_mode = 2;
};

class ServiceTest : public testing::Test {
protected:
    explicit ServiceTest(Broker& the_broker = Broker::shared()) : broker(the_broker) {}
    ~ServiceTest() override {
        try {
            Probe cleaner(broker.url());
            for (const std::string& queue : queues_) cleaner.delete_queue(queue);
            cleaner.delete_queue(name + ".events");
            cleaner.delete_queue(name + ".commands");
            if (has_policy_) broker.clear_policy(name);
        } catch (const std::exception&) {
            // The broker is down, and the test's own.
        }
    }

    /// Options of this test's logical service on the broker.
    ServiceOptions options() const {
        ServiceOptions made;
        made.amqp_urls = {broker.url()};
        made.logical_service = name;
        made.heartbeat = 10s;
        made.drain_timeout = 5s;
        made.max_reconnect_delay = 1s;
        made.handle_signals = false;
        return made;
    }

    /// A routing key that no other test uses.
    std::string key(std::string_view word) const { return name + "." + std::string(word); }

    Probe& probe() {
        if (!probe_) probe_ = std::make_unique<Probe>(broker.url());
        return *probe_;
    }
    void forget_probe() { probe_.reset(); }

    /// A durable queue that receives messages with that key. @return its name
    std::string listen(std::string_view exchange, const std::string& routing_key) {
        std::string queue = name + ".test." + std::to_string(queues_.size());
        queues_.push_back(queue);
        probe().declare_queue(queue);
        probe().bind(queue, exchange, routing_key);
        return queue;
    }

    /// Sends a message as a peer does. @return false: no queue received it
    bool send(std::string_view exchange, const std::string& routing_key, const Sent& sent = {}) {
        wire::Table headers;
        if (sent.conversation_id) headers.set("conversation_id", *sent.conversation_id);
        if (sent.status) headers.set("status", *sent.status);
        return probe().publish(exchange, routing_key,
                               {.content_type = sent.content_type,
                                .headers = headers.view(),
                                .delivery_mode = sent.delivery_mode,
                                .correlation_id = sent.correlation_id,
                                .reply_to = sent.reply_to,
                                .message_id = sent.message_id},
                               sent.body, true);
    }

    /// Gives this test's queues a dead-letter exchange. @return the queue of the dead letters
    std::string dead_letters() { return dead_letters("^" + name + "\\.(events|commands)$"); }
    /// The same for the queues that match.
    std::string dead_letters(const std::string& queue_pattern) {
        probe().declare_exchange(name + ".dlx");
        std::string queue = name + ".dead";
        queues_.push_back(queue);
        probe().declare_queue(queue);
        probe().bind(queue, name + ".dlx", "#");
        set_policy(queue_pattern, R"({"dead-letter-exchange":")" + name + R"(.dlx"})");
        return queue;
    }

    /// Only one at a time, until the end of the test.
    void set_policy(const std::string& queue_pattern, const std::string& definition_json) {
        has_policy_ = true;
        broker.set_policy(name, queue_pattern, definition_json);
    }

    Broker& broker;
    const std::string name =
        "t" + std::to_string(::getpid()) + "_" +
        std::to_string(std::chrono::steady_clock::now().time_since_epoch().count() % 1000000000);
    LocalLog log;

private:
    std::unique_ptr<Probe> probe_;
    std::vector<std::string> queues_;
    bool has_policy_ = false;
};

}  // namespace eventail::test
