// The unwritten output of a peer: encoded frames, and references to the bodies of large messages,
// so that any number of clients share one body in memory.
#pragma once

#include "broker/core/message.hpp"
#include "broker/peer/peer_context.hpp"
#include "wire/methods.hpp"
#include "wire/properties.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace eventail::broker {

class PeerOutput {
public:
    explicit PeerOutput(SparePool& spares) : spares_(spares) {}

    void set_frame_max(std::size_t frame_max) { frame_max_ = frame_max; }

    template <typename M>
    void send(std::uint16_t channel, const M& method) {
        wire::Buffer& tail = writable_tail();
        count_frame(wire::encode_method(tail, channel, method));
    }
    void send_heartbeat();
    void send_protocol_header();
    /// The content header and the body, after the method that announces them.
    void send_content(std::uint16_t channel, const MessagePtr& message);

    bool empty() const { return size_bytes_ == 0; }
    std::size_t size_bytes() const { return size_bytes_; }
    /// Writes views of the first bytes into `views` and returns how many views. They stay valid
    /// until consumed. None if everything is written, or no more may leave.
    std::size_t gather(std::span<wire::Bytes> views);
    void consume(std::size_t count);
    void drop();

    /// For faults: limits the bytes that may leave, counted from the first ever appended.
    void limit_bytes(std::uint64_t total) { byte_limit_ = total; }
    void limit_frames(std::uint64_t total);
    std::uint64_t written_bytes() const { return appended_bytes_ - size_bytes_; }
    std::uint64_t appended_frames() const { return appended_frames_; }
    bool is_limit_reached() const { return written_bytes() >= byte_limit_; }

private:
    struct Piece {
        wire::Buffer own = {};
        MessagePtr message = {};  // if set, `part` is a range of its body
        wire::Bytes part = {};
        bool is_sealed = false;  // somebody has a view of it

        wire::Bytes bytes() const { return message ? part : own.view(); }
    };

    wire::Buffer& writable_tail();
    void count_bytes(std::size_t count);
    void count_frame(std::size_t frame_bytes);
    void send_body_by_reference(std::uint16_t channel, const MessagePtr& message);
    void drop_consumed();

    SparePool& spares_;
    std::size_t frame_max_ = wire::min_frame_bytes;
    std::vector<Piece> pieces_;
    std::size_t first_ = 0;
    std::size_t first_offset_ = 0;
    std::size_t size_bytes_ = 0;
    std::uint64_t appended_bytes_ = 0;
    std::uint64_t appended_frames_ = 0;
    std::uint64_t byte_limit_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t frame_limit_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace eventail::broker
