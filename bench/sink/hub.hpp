// The state that a sink's connections share: the queue for each routing key, the consumers, and the
// counts.
#pragma once

#include "wire/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::bench {

class Connection;

struct SinkOptions {
    std::uint16_t port = 0;               ///< 0: any free port
    std::size_t body_bytes = 256;         ///< of deliveries
    bool is_delivering = true;            ///< endlessly, to each consumer of a queue of events
    std::uint16_t heartbeat_seconds = 0;  ///< proposal to clients
};

struct SinkCounters {
    std::uint64_t published = 0;
    std::uint64_t forwarded = 0;
    std::uint64_t delivered = 0;
    std::uint64_t acknowledged = 0;
};

/// The destination of a queue's deliveries.
struct Consumer {
    Connection* connection = nullptr;
    std::uint16_t channel = 0;
    std::string tag = {};
};

class Hub {
public:
    explicit Hub(const SinkOptions& options) : options_(options) {}

    const SinkOptions& options() const { return options_; }
    SinkCounters& counters() { return counters_; }

    std::string new_queue_name() { return "amq.gen-" + std::to_string(++queue_count_); }
    void bind(std::string_view routing_key, std::string_view queue) {
        routes_.insert_or_assign(std::string(routing_key), std::string(queue));
    }
    void consume(std::string_view queue, Consumer consumer) {
        consumers_.insert_or_assign(std::string(queue), std::move(consumer));
    }
    void forget(const Connection& connection) {
        std::erase_if(consumers_,
                      [&](const auto& entry) { return entry.second.connection == &connection; });
    }

    /// The consumer of a command; without one, the command is discarded.
    const Consumer* find_consumer(std::string_view routing_key) const {
        const auto route = routes_.find(routing_key);
        if (route == routes_.end()) return nullptr;
        const auto consumer = consumers_.find(route->second);
        return consumer == consumers_.end() ? nullptr : &consumer->second;
    }

    /// Connections to flush before the next wait.
    std::vector<Connection*>& unflushed() { return unflushed_; }

private:
    SinkOptions options_;
    SinkCounters counters_;
    std::uint64_t queue_count_ = 0;
    std::map<std::string, std::string, std::less<>> routes_;
    std::map<std::string, Consumer, std::less<>> consumers_;
    std::vector<Connection*> unflushed_;
};

}  // namespace eventail::bench
