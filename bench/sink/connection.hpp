// One client of the sink. Discards publishes and confirms them, once for each read. Forwards
// messages for the exchange of commands to their consumers. Floods consumers of events. Answers
// everything else as a client expects, unchecked.
#pragma once

#include "sink/flood.hpp"
#include "sink/hub.hpp"
#include "wire/methods.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::bench {

class Connection {
public:
    /// Takes the socket over.
    Connection(int socket, Hub& hub) : socket_(socket), hub_(hub) {}
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int socket() const { return socket_; }

    /// Reads once into `scratch`, which connections share, and handles the input. @return false:
    /// the client is gone
    bool read(wire::Buffer& scratch);

    /// Lists it for a flush before the next wait.
    void wants_flush();
    /// Writes as much as the socket takes. @return false: the client is gone
    bool flush();
    /// Whether the rest must wait until the socket is writable again.
    bool is_waiting_to_write() const { return is_blocked_; }

    /// Delivers a message that another connection published: a copy of its header and body frames.
    void deliver(const Consumer& consumer, std::string_view routing_key, wire::Bytes content);

private:
    struct Channel {
        bool is_confirming = false;
        std::uint16_t prefetch_count = 0;
        std::uint64_t published = 0;
        std::uint64_t confirmed = 0;
        std::uint64_t delivered = 0;  // without the flood's
        std::unique_ptr<Flood> flood = {};
        bool is_flood_over = false;
    };
    /// An incomplete message.
    struct Incoming {
        std::uint64_t missing_bytes = 0;
        bool is_command = false;  // kept for forwarding
        std::string routing_key = {};
        wire::Buffer content = {};
    };

    /// Handles the whole frames at the front and returns how many bytes they take.
    std::size_t take(wire::Bytes input);
    void take_frame(const wire::Frame& frame);
    void take_publish(wire::Bytes payload);
    void take_header(std::uint16_t channel, wire::Bytes payload);
    void take_body(std::uint16_t channel, wire::Bytes payload);
    void end_message(std::uint16_t channel);
    void keep_content(wire::FrameType type, wire::Bytes payload);
    void confirm_published();

    void answer(std::uint16_t channel, const wire::Method& method);
    void answer_queue_declare(std::uint16_t channel, const wire::QueueDeclare& declare);
    void answer_consume(std::uint16_t channel, const wire::BasicConsume& consume);
    void greet();
    template <typename M>
    void send(std::uint16_t channel, const M& method) {
        wire::encode_method(output_, channel, method);
    }
    void acknowledge(std::uint16_t channel, std::uint64_t tag, bool is_multiple);
    Channel& at(std::uint16_t channel);
    /// @return whether all of `bytes` is written
    bool write(wire::Bytes& bytes);

    int socket_;
    Hub& hub_;
    wire::Buffer held_;              // the start of a frame
    std::size_t skipped_bytes_ = 0;  // of a discarded body, still to come
    std::vector<Channel> channels_;
    Incoming incoming_;
    wire::Buffer output_;
    wire::Buffer writing_;
    wire::Bytes unwritten_;        // in writing_
    wire::Bytes unwritten_flood_;  // goes first
    bool has_greeted_ = false;
    bool is_closing_ = false;
    bool is_blocked_ = false;
    bool is_lost_ = false;
    bool is_listed_ = false;
};

}  // namespace eventail::bench
