// One client's connection to the broker as a pure state machine: bytes and time in, bytes out. Owns
// the handshake, the frames of channels, heartbeats, alarms, both closing handshakes and scripted
// faults. The core carries out the methods. (AMQP 0-9-1, sections 2.2, 4)
#pragma once

#include "base/time.hpp"
#include "broker/core/connection.hpp"
#include "broker/core/recipient.hpp"
#include "broker/peer/faults.hpp"
#include "broker/peer/peer_channel.hpp"
#include "broker/peer/peer_context.hpp"
#include "broker/peer/peer_output.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::broker {

/// Moves a peer's bytes.
class PeerTransport {
public:
    virtual ~PeerTransport() = default;

    /// A delivery became ready outside of a call to the peer. Only take note of it.
    virtual void output_is_ready() = 0;
    /// A line for the operator's log.
    virtual void log(const std::string& line) = 0;
};

/// Single-threaded. How to drive it: Core::tick(), then feed() the input while it wants_input().
/// Then Core::dispatch(), write the output() of all peers, and call written(). Call tick() at
/// next_deadline(), and for all peers when the core's alarm changes. Close the socket when it
/// is_finished(). Destroying a peer means that its connection is lost.
class Peer final : public Recipient {
public:
    Peer(PeerContext& context, PeerTransport& transport, TimePoint now);
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() override;

    /// Takes bytes from the client, in any splits. Never throws for a client's bytes.
    void feed(wire::Bytes bytes, TimePoint now);
    void tick(TimePoint now);
    std::optional<TimePoint> next_deadline() const;

    /// It published during an alarm, so do not read from it now.
    bool is_blocked() const { return is_blocked_; }
    /// False while it is blocked, stalled, busy with a longer operation, or does not read our
    /// output.
    bool wants_input() const;

    /// The bytes to write now: see PeerOutput::gather().
    std::size_t gather(std::span<wire::Bytes> views);
    /// Reports `count` bytes as written. Deliveries may go on: call Core::dispatch().
    void written(std::size_t count, TimePoint now);
    const PeerOutput& output() const { return output_; }

    bool is_finished() const;

    // --- for operators and tests

    /// Closes with reply code 320, as an operator does.
    void close(std::string_view reason, TimePoint now);
    /// Closes every channel with this error.
    void close_channels(wire::ReplyCode code, std::string_view text, TimePoint now);
    /// Ends the connection without a close. Unwritten output is lost.
    void cut(std::string_view why);
    void set_faults(const ConnectionFaults& faults);

    bool is_open() const { return state_ == State::running; }
    /// The connection's number.
    std::uint64_t id() const { return id_; }
    /// From the client's properties; may be empty.
    const std::string& connection_name() const { return connection_name_; }
    bool is_named(std::string_view part) const {
        return connection_name_.find(part) != std::string::npos;
    }
    /// Empty before the login.
    const std::string& user() const { return user_; }
    const std::string& virtual_host() const { return virtual_host_; }
    std::size_t channel_count() const { return channels_.size(); }
    std::uint64_t published_count() const { return published_count_; }

    void deliver(const Delivery& delivery) override;
    void consumer_cancelled(std::uint16_t channel, std::string_view consumer_tag) override;

private:
    struct CancelledConsumer {
        std::uint16_t channel = 0;
        std::string tag = {};
    };

    enum class State {
        awaiting_header,
        starting,
        tuning,
        opening,
        running,
        closing,  // our close is on its way, or got an answer other than close-ok
        closed,   // the client closed, and has our answer: discard its input until it hangs up
        finished  // except for unwritten output
    };

    // peer.cpp
    void handle_frame(const wire::Frame& frame, TimePoint now);
    void handle_channel_frame(const wire::Frame& frame, TimePoint now);
    void open_channel(const wire::Frame& frame);
    template <typename Step>
    void guard(PeerChannel& channel, wire::MethodId culprit, TimePoint now, Step step);
    void go_on(TimePoint now);
    void handle_connection_frame(const wire::Frame& frame, TimePoint now);
    void handle_while_closing(const wire::Frame& frame);
    void handle_client_close(wire::Bytes payload, TimePoint now);
    void fail(const wire::ProtocolError& error, wire::MethodId culprit, TimePoint now);
    void start_closing(wire::ReplyCode code, std::string_view text, wire::MethodId culprit,
                       TimePoint now);
    void take_fault_rules();
    void drop_client(std::string_view why);
    void forget_channels();
    void send_cancels();

    // peer_handshake.cpp
    void handle_header();
    void handle_handshake(wire::MethodId id, wire::Bytes payload, TimePoint now);
    void handle_start_ok(const wire::ConnectionStartOk& method, TimePoint now);
    void handle_tune_ok(const wire::ConnectionTuneOk& method);
    void handle_open(const wire::ConnectionOpen& method);
    void read_client_properties(wire::TableView properties);

    // peer_flow.cpp: time, alarms, waiting output
    void block();
    void unblock(TimePoint now);
    bool is_waiting() const { return is_blocked_ || busy_channel_ != 0 || is_resting_; }
    void handle_frames_of(wire::FrameReader& reader, TimePoint now);
    void keep_for_later(const wire::Frame& frame);
    void handle_what_waited(TimePoint now);
    void flush_confirms(TimePoint now);
    void close_if_late(PeerChannel& channel, TimePoint now);
    void tick_heartbeat(TimePoint now);
    bool is_heartbeat_on() const;

    PeerContext& context_;
    PeerTransport& transport_;
    std::uint64_t id_;
    State state_ = State::awaiting_header;
    bool is_deaf_ = false;  // the stream cannot be read any more
    bool is_blocked_ = false;
    bool is_resting_ = false;  // others come first
    bool is_told_of_alarms_ = false;
    bool is_told_of_cancels_ = false;
    bool is_told_of_refusal_ = false;
    std::uint16_t channel_max_ = 0;
    std::uint16_t last_publishing_channel_ = 0;
    std::uint16_t busy_channel_ = 0;  // 0: none
    std::chrono::seconds heartbeat_{0};
    TimePoint deadline_;  // of the handshake, or of closing
    TimePoint last_received_;
    TimePoint last_written_;
    TimePoint last_progress_;  // of writing
    std::uint64_t published_count_ = 0;

    std::string connection_name_;
    std::string user_;
    std::string virtual_host_;
    wire::FrameReader reader_;
    PeerOutput output_;
    FaultScript faults_;
    wire::Buffer waiting_;  // frames that arrived while it was blocked, busy or resting
    bool is_handling_method_ = false;
    std::vector<CancelledConsumer> cancelled_;  // announced after the answer to the method
    std::unique_ptr<Connection> connection_;
    std::map<std::uint16_t, PeerChannel> channels_;
};

}  // namespace eventail::broker
