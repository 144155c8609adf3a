// What the connections of a sink share: which queue a routing key leads to, who consumes from it,
// and what was counted.
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
    std::uint16_t port = 0;        ///< 0: any that is free
    std::size_t body_bytes = 256;  ///< of what is delivered
    bool is_delivering = true;     ///< without end, to whoever consumes from a queue of events
    std::uint16_t heartbeat_seconds = 0;  ///< proposed to clients
};

struct SinkCounters {
    std::uint64_t published = 0;
    std::uint64_t forwarded = 0;
    std::uint64_t delivered = 0;
    std::uint64_t acknowledged = 0;
};

/// Where the deliveries of a queue go to.
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

    /// Who gets what is published to the exchange of commands; nobody: it is discarded.
    const Consumer* find_consumer(std::string_view routing_key) const {
        const auto route = routes_.find(routing_key);
        if (route == routes_.end()) return nullptr;
        const auto consumer = consumers_.find(route->second);
        return consumer == consumers_.end() ? nullptr : &consumer->second;
    }

    /// Connections to be flushed before anything is waited for.
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
