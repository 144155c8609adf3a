// Frames (AMQP 0-9-1, section 2.3.5): type, channel, size, payload, end octet. Cuts an incoming
// byte stream into them, whatever the splits, and bounds what a peer can make us keep. What is in
// a payload is read by methods.hpp and properties.hpp.
#pragma once

#include "wire/buffer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace eventail::wire {

enum class FrameType : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

inline constexpr std::uint8_t frame_end = 0xCE;
/// Type, channel and size.
inline constexpr std::size_t frame_header_bytes = 7;
/// What a frame takes beyond its payload.
inline constexpr std::size_t frame_overhead_bytes = frame_header_bytes + 1;
/// What a content header's payload begins with: class, weight and size of the body.
inline constexpr std::size_t content_header_start_bytes = 12;
/// No peer may refuse frames of that size, the overhead included.
inline constexpr std::size_t min_frame_bytes = 4096;
inline constexpr std::size_t default_frame_bytes = 131072;

/// A view of one frame.
struct Frame {
    FrameType type = FrameType::method;
    std::uint16_t channel = 0;
    /// Of a content header beyond max_header_bytes, how much of its payload was skipped: `payload`
    /// is the start only (content_header_start_bytes).
    std::uint32_t skipped_bytes = 0;
    Bytes payload = {};
    /// Of a body frame that is handed out in parts (see FrameReader::split_bodies_from), the last
    /// one is complete.
    bool is_part = false;
    bool is_complete = true;
};

/// The eight bytes that a client opens a connection with, and a broker refuses a version with.
struct ProtocolHeader {
    std::array<std::byte, 8> bytes = {};

    friend bool operator==(const ProtocolHeader&, const ProtocolHeader&) = default;
};

/// "AMQP" 0 0 9 1.
constexpr ProtocolHeader protocol_header() {
    return {{std::byte{'A'}, std::byte{'M'}, std::byte{'Q'}, std::byte{'P'}, std::byte{0},
             std::byte{0}, std::byte{9}, std::byte{1}}};
}

/// How a peer's bytes begin.
enum class StreamStart {
    frames,           ///< A broker's: with a frame, unless it refuses our version.
    protocol_header,  ///< A client's.
};

/// Cuts a stream into frames. Complete frames are not copied: they are views into what was fed.
/// After a ProtocolError the stream is lost, and the reader with it.
class FrameReader {
public:
    explicit FrameReader(std::size_t max_frame_bytes = min_frame_bytes,
                         StreamStart start = StreamStart::frames)
        : max_frame_bytes_(max_frame_bytes), start_(start) {}

    /// The largest frame that is accepted from now on, its overhead included.
    void set_max_frame_bytes(std::size_t max_frame_bytes) { max_frame_bytes_ = max_frame_bytes; }

    /// Content headers have a limit of their own from now on, for their payload: RabbitMQ does not
    /// hold the headers that it relays to frame_max. Larger ones are skipped as they come, not
    /// kept, and handed out with their start only. Without a call the limit of all frames holds.
    void set_max_header_bytes(std::size_t payload_bytes) {
        max_header_frame_bytes_ = payload_bytes + frame_overhead_bytes;
    }

    /// Body frames of at least `frame_bytes` that are not all there are handed out in parts, as
    /// they come, instead of being kept until they are whole. The last part, perhaps empty, is
    /// complete.
    void split_bodies_from(std::size_t frame_bytes) { split_bodies_from_ = frame_bytes; }
    /// How much payload of the frame that is handed out in parts is still to come. Whoever reads it
    /// from the peer to where it shall be says so by skip().
    std::size_t missing_bytes() const { return missing_; }
    std::uint16_t parts_channel() const { return parts_channel_; }
    void skip(std::size_t count) { missing_ -= count; }

    /// Hands in what came next. The bytes must stay alive until next() has returned nothing; only
    /// then is an incomplete rest, less than one frame, copied. Throws ProtocolError (501) if a
    /// protocol header was expected and these are other bytes.
    void feed(Bytes bytes);

    /// The next frame, complete unless it is a part of one (split_bodies_from()), valid until the
    /// following next() or feed(). Nothing if more bytes are needed. Throws ProtocolError: 501 for
    /// an unknown type, a size above the limit (as soon as it is known; but see
    /// set_max_header_bytes()) or a wrong end octet, 505 for a heartbeat on a channel.
    std::optional<Frame> next();

    /// The protocol header at the start of the stream: what a client asks for, or what a broker
    /// that refused ours speaks instead (nothing comes after that one). Complete after feed().
    const std::optional<ProtocolHeader>& peer_header() const { return peer_header_; }

private:
    void take_protocol_header();
    std::optional<Frame> next_from_held();
    std::optional<Frame> begin_parts(std::uint16_t channel, std::size_t payload_bytes);
    std::optional<Frame> next_part();
    std::optional<Frame> skip_header(std::uint16_t channel, std::size_t payload_bytes);
    void forget_held();
    bool hold_until(std::size_t size);

    std::size_t max_frame_bytes_;
    std::size_t max_header_frame_bytes_ = 0;  // 0: max_frame_bytes_
    std::size_t split_bodies_from_ = std::numeric_limits<std::size_t>::max();
    StreamStart start_;
    bool is_at_start_ = true;
    std::size_t header_bytes_ = 0;
    ProtocolHeader header_;
    std::optional<ProtocolHeader> peer_header_;
    Bytes input_;
    Buffer held_;
    bool held_is_complete_ = false;
    bool is_in_parts_ = false;  // a body frame is being handed out so
    std::uint16_t parts_channel_ = 0;
    std::size_t missing_ = 0;  // of its payload
    std::size_t skipped_ = 0;  // of a content header that is too large
};

}  // namespace eventail::wire
