// One AMQP 0-9-1 connection as a pure state machine: bytes, calls and time go in; bytes and events
// come out. Owns the handshake, channels, content assembly, heartbeats and both closing handshakes.
// Leaves sockets to `link`, and the meaning of confirms and deliveries to `bus`. (AMQP 0-9-1,
// sections 2.2 and 4; protocol.md, "AMQP 0-9-1 with RabbitMQ: the traps".)
#pragma once

#include "amqp/channel.hpp"
#include "amqp/output_queue.hpp"
#include "amqp/session_events.hpp"
#include "amqp/session_replies.hpp"
#include "base/time.hpp"
#include "wire/frame.hpp"
#include "wire/methods.hpp"
#include "wire/properties.hpp"
#include "wire/protocol_error.hpp"
#include "wire/publication.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace eventail::amqp {

/// How one session introduces itself and what it insists on. A duration of 0 switches off only the
/// heartbeat.
struct SessionOptions {
    std::string mechanism = "PLAIN";  ///< PLAIN or EXTERNAL
    std::string user = "guest";
    std::string password = "guest";
    std::string virtual_host = "/";
    std::string connection_name = {};    ///< what operators see; empty: none
    std::chrono::seconds heartbeat{60};  ///< 0: off; otherwise the lower of ours and the broker's
    std::uint16_t channel_max = 2047;    ///< 0: the broker's offer
    std::uint32_t frame_max = 131072;    ///< bytes; 0: the broker's offer; at least 4096
    /// Larger bodies are skipped and delivered as `oversized`. Each channel may hold this much.
    std::uint64_t max_body_bytes = 16u << 20;
    /// The limit for content headers, unless frame_max is larger. Longer headers are skipped, and
    /// their messages delivered with `skipped_header_bytes`.
    std::uint32_t max_header_bytes = 1u << 20;
    Duration handshake_timeout = std::chrono::seconds{10};
    Duration request_timeout = std::chrono::seconds{30};
    Duration close_timeout = std::chrono::seconds{2};  ///< for close-ok to come and go
    /// Connections like this one were open before: a wrong port is not the reason for failures.
    bool has_worked_before = false;
};

/// Single-threaded. Use: start(); feed() incoming bytes, write what output() holds, and tick() at
/// next_deadline(), until is_finished(). Feed all bytes that have arrived before you tick: only the
/// session knows how long the broker was silent, and after a pause the sign of life may wait in the
/// socket. Lives through one connection; the next one needs a new session.
class Session {
public:
    /// Throws std::invalid_argument for an unknown mechanism, std::length_error for a virtual host
    /// of more than 255 bytes or for credentials and names that do not fit into the first frame.
    Session(SessionOptions options, SessionEvents& events);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// The transport is connected: queues the protocol header and starts the handshake clock.
    void start(TimePoint now);

    /// Takes bytes from the broker, in any splits. Never throws for a peer's bytes: an error ends
    /// the session. on_end reports it at once; is_finished() stays false until our close is
    /// written.
    void feed(wire::Bytes bytes, TimePoint now);

    /// Where the next bytes belong, if they are a large part of a large body: a caller that reads
    /// from the peer may put them there instead of feeding them, and report it with
    /// body_received().
    struct BodyRoom {
        std::span<std::byte> bytes = {};  ///< may be empty; valid until the next call
        /// How many more bytes to read with them at most. If more of the body follows, this covers
        /// only the bytes in between, so that the rest can go to its place as well.
        std::size_t most_after = std::numeric_limits<std::size_t>::max();
    };
    BodyRoom body_room();
    void body_received(std::size_t count, TimePoint now);

    /// Handles due timeouts and heartbeats.
    void tick(TimePoint now);
    /// When tick() must be called at the latest.
    std::optional<TimePoint> next_deadline() const;

    /// The transport is gone. `what` says how, in one line.
    void transport_lost(std::string_view what, TimePoint now);

    /// The next bytes to write; report with written() how many have been written.
    OutputQueue& output() { return output_; }
    const OutputQueue& output() const { return output_; }
    void written(std::size_t count, TimePoint now);

    bool is_open() const { return state_ == State::open; }
    /// It is, or was.
    bool has_been_open() const { return has_been_open_; }
    bool is_ended() const { return state_ == State::ended; }
    /// The session has ended and has nothing left to write (or no reason to): close the socket.
    /// Until then keep feeding, writing and ticking; it takes at most close_timeout.
    bool is_finished() const;

    // Negotiated; valid once open.
    std::uint32_t frame_max() const { return frame_max_; }
    std::uint16_t channel_max() const { return channel_max_; }
    std::chrono::seconds heartbeat() const { return heartbeat_; }

    // The following functions return false, and do nothing, unless the session is open and the
    // channel usable: on_end or on_channel_closed has said why, or the caller has closed it.

    /// Opens a channel. on_reply(ChannelOpenOk) answers; callers need not wait for it. Throws
    /// std::logic_error if the id is in use, or not between 1 and channel_max().
    bool open_channel(std::uint16_t channel, TimePoint now);
    /// Closes a channel. From then on only its close-ok is reported (as on_reply(ChannelCloseOk));
    /// after that the id is free.
    bool close_channel(std::uint16_t channel, TimePoint now);
    /// True from open_channel() until either side closes the channel.
    bool is_channel_usable(std::uint16_t channel) const;

    /// Sends a request that has an answer (declare, bind, qos, consume, cancel, confirm.select …,
    /// pipelined freely). Without an answer within request_timeout the session ends as timed_out;
    /// that clock stands still while the broker blocks the connection. Throws std::length_error for
    /// arguments that do not fit into a frame or a short string, and std::logic_error for a request
    /// that refuses its answer (nowait).
    template <Request M>
    bool request(std::uint16_t channel, const M& method, TimePoint now);

    /// Sends a method that has no answer: ack, nack, reject. Throws as request() does.
    template <typename M>
    bool send(std::uint16_t channel, const M& method);

    /// Sends messages: whole method, header and body frames of one channel, or the frames up to the
    /// body of a message whose body is published next. Copies nothing; keeps `owner` until they are
    /// written.
    template <typename T>
    bool publish(const std::shared_ptr<T>& owner, wire::Bytes frames);
    /// Sends the body of the message whose frames up to the header were published last: cut into
    /// frames, and not copied either.
    template <typename T>
    void publish_body(std::uint16_t channel, const std::shared_ptr<T>& owner, wire::Bytes body);

    /// Starts the closing handshake. on_end follows within close_timeout, or at the next tick() if
    /// there is no peer to shake hands with yet. Does nothing if closing has started or the session
    /// has ended. A code other than success makes this the end of a protocol error, with that text.
    void close(wire::ReplyCode code, std::string_view text, TimePoint now);

private:
    enum class State {
        idle,
        awaiting_start,
        awaiting_tune,
        awaiting_open_ok,
        open,
        closing,
        ended
    };
    enum class Linger {
        none,           // nothing left to do
        flush,          // write output()
        await_close_ok  // and wait for the answer: our close tells the peer what it did wrong
    };

    // session.cpp: time, ends, sending
    template <typename Step>
    bool survives(Step&& step, TimePoint now);
    void handle_frame(const wire::Frame& frame, TimePoint now);
    void handle_while_closing(const wire::Frame& frame, TimePoint now);
    void fail(const wire::ProtocolError& error, TimePoint now);
    void end(SessionEnd::Cause cause, wire::ReplyCode code, std::string_view text, Linger linger,
             TimePoint now);
    void tick_open(TimePoint now);
    void end_closed(Linger linger, TimePoint now);
    std::string incoming_consumer_tag() const;
    const PendingRequest* first_request_due() const;
    Channel* usable_channel(std::uint16_t channel);
    bool may_publish(wire::Bytes frames) const;
    void queue_close(wire::ReplyCode code, std::string_view text, const wire::MethodId& culprit);
    template <typename M>
    void queue(std::uint16_t channel, const M& method);
    [[noreturn]] static void refuse_too_large(std::string_view method, std::size_t size_bytes,
                                              std::uint32_t frame_max);

    // session_handshake.cpp
    void handle_handshake(wire::Bytes payload, TimePoint now);
    void handle_start(const wire::ConnectionStart& start, TimePoint now);
    void handle_tune(const wire::ConnectionTune& tune);
    void handle_close(const wire::ConnectionClose& close, TimePoint now);
    void refuse_version(const wire::ProtocolHeader& header, TimePoint now);
    bool refuse_stranger(wire::Bytes bytes, TimePoint now);

    // session_frames.cpp: frames on an open connection
    void handle_connection_method(wire::Bytes payload, TimePoint now);
    void handle_unblocked(TimePoint now);
    void handle_channel_frame(const wire::Frame& frame);
    void handle_channel_method(std::uint16_t number, Channel& channel, wire::Bytes payload);
    void handle_closing_channel(std::uint16_t number, Channel& channel, wire::Bytes payload);
    void handle_channel_close(std::uint16_t number, wire::Bytes payload);
    void handle_flow(std::uint16_t number, wire::Bytes payload);
    void handle_server_cancel(std::uint16_t number, wire::Bytes payload);
    void handle_reply(std::uint16_t number, Channel& channel, wire::Bytes payload);
    void hand_over(Channel& channel);
    template <typename M>
    void answer(std::uint16_t channel, const M& method);

    SessionOptions options_;
    SessionEvents& events_;
    State state_ = State::idle;
    Linger linger_ = Linger::none;
    bool has_been_open_ = false;
    bool is_close_sent_ = false;
    bool is_crossing_close_answered_ = false;
    bool is_blocked_ = false;  // the broker does not read what we ask: requests have time
    bool is_deaf_ = false;     // ignores all further input
    std::optional<wire::ProtocolError> own_error_;  // why we close, if not by our own choice
    TimePoint deadline_ = {};                       // of the handshake, of closing, or of lingering
    TimePoint last_received_ = {};
    TimePoint last_written_ = {};

    std::uint32_t frame_max_ = wire::min_frame_bytes;
    std::uint16_t channel_max_ = 0;
    std::chrono::seconds heartbeat_{0};

    wire::Buffer start_ok_;
    wire::FrameReader reader_;
    OutputQueue output_;
    std::size_t answers_waiting_ = 0;
    std::map<std::uint16_t, Channel> channels_;
};

template <Request M>
bool Session::request(std::uint16_t channel, const M& method, TimePoint now) {
    if constexpr (requires { method.nowait; }) {
        if (method.nowait) throw std::logic_error("a request that refuses its answer");
    }
    Channel* const usable = usable_channel(channel);
    if (usable == nullptr) return false;
    queue(channel, method);
    usable->requests.push_back({ReplyTo<M>::id, M::name, now + options_.request_timeout});
    return true;
}

template <typename M>
bool Session::send(std::uint16_t channel, const M& method) {
    static_assert(!Request<M> && !M::id.carries_content, "request() and publish() are for those");
    if (usable_channel(channel) == nullptr) return false;
    queue(channel, method);
    return true;
}

template <typename T>
bool Session::publish(const std::shared_ptr<T>& owner, wire::Bytes frames) {
    if (!may_publish(frames)) return false;
    output_.append(owner, frames);
    return true;
}

template <typename T>
void Session::publish_body(std::uint16_t channel, const std::shared_ptr<T>& owner,
                           wire::Bytes body) {
    if (!is_channel_usable(channel)) return;
    const std::size_t most = frame_max_ - wire::frame_overhead_bytes;
    while (!body.empty()) {
        const wire::Bytes part = body.first(std::min(body.size(), most));
        output_.append_control(
            [&](wire::Buffer& out) { wire::encode_body_head(out, channel, part.size()); });
        output_.append(owner, part);
        output_.append_control([](wire::Buffer& out) { wire::encode_frame_end(out); });
        body = body.subspan(part.size());
    }
}

template <typename M>
void Session::queue(std::uint16_t channel, const M& method) {
    output_.append_control([&](wire::Buffer& buffer) {
        const std::size_t size_bytes = wire::encode_method(buffer, channel, method);
        if (size_bytes > frame_max_) refuse_too_large(M::name, size_bytes, frame_max_);
    });
}

}  // namespace eventail::amqp
