// The broker's end of one connection of a worker: reads the worker's output, keeps it for the test,
// and answers as a broker does unless the test answers instead.
#pragma once

#include "bus/ledger.hpp"
#include "wire/frame.hpp"
#include "wire/methods.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace eventail::test {

/// A message published by a worker.
struct Published {
    std::uint16_t channel = 0;
    std::uint64_t tag = 0;  ///< counts per channel and opening
    std::string exchange = {};
    std::string name = {};
    std::string message_id = {};
    std::string body = {};
    bool is_mandatory = false;
    std::size_t largest_frame_bytes = 0;
};

class BrokerEnd {
public:
    /// Whether the test answers this method instead of the broker.
    using Instead = std::function<bool(std::uint16_t channel, const wire::Method&)>;

    /// A new connection.
    void open(std::uint32_t frame_max, std::uint16_t channel_max = 2047);
    void read(wire::Bytes bytes);

    template <typename M>
    void send(std::uint16_t channel, const M& method) {
        wire::encode_method(to_send, channel, method);
    }

    wire::Buffer to_send;
    Instead instead = {};

    std::vector<Published> published;
    std::vector<bus::Settlement> settlements;
    /// All other frames read on this connection, as text.
    std::vector<std::string> methods;
    /// Of the next delivery.
    std::uint64_t next_delivery_tag = 1;

private:
    void handle_method(const wire::Frame& frame);
    void answer(std::uint16_t channel, const wire::Method& method);
    void complete(std::uint16_t channel);

    struct Incoming {
        Published message = {};
        std::uint64_t missing_bytes = 0;
    };

    wire::FrameReader reader_;
    std::uint32_t frame_max_ = 0;
    std::uint16_t channel_max_ = 2047;
    std::map<std::uint16_t, Incoming> incoming_;
    std::map<std::uint16_t, std::uint64_t> next_tags_;
    int named_queues_ = 0;
};

}  // namespace eventail::test
