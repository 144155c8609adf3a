// Frames (AMQP 0-9-1, section 2.3.5): type, channel, size, payload, end octet. Cuts an incoming
// byte stream into frames, however it is split, and bounds the memory that a peer can make us hold.
// methods.hpp and properties.hpp read the payloads.
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
/// Bytes of a frame beside its payload.
inline constexpr std::size_t frame_overhead_bytes = frame_header_bytes + 1;
/// The fixed start of a content header: class, weight and size of the body.
inline constexpr std::size_t content_header_start_bytes = 12;
/// Every peer must accept frames of this size, overhead included.
inline constexpr std::size_t min_frame_bytes = 4096;
inline constexpr std::size_t default_frame_bytes = 131072;

/// A view of one frame.
struct Frame {
    FrameType type = FrameType::method;
    std::uint16_t channel = 0;
    /// For a content header beyond max_header_bytes: how much of its payload was skipped. `payload`
    /// then holds the start only (content_header_start_bytes).
    std::uint32_t skipped_bytes = 0;
    Bytes payload = {};
    /// Of a body frame that is handed out in parts (see FrameReader::split_bodies_from), all but
    /// the last.
    bool is_part = false;
    bool is_complete = true;
};

/// The eight bytes with which a client opens a connection, and with which a broker refuses a
/// version.
struct ProtocolHeader {
    std::array<std::byte, 8> bytes = {};

    friend bool operator==(const ProtocolHeader&, const ProtocolHeader&) = default;
};

/// "AMQP" 0 0 9 1.
constexpr ProtocolHeader protocol_header() {
    return {{std::byte{'A'}, std::byte{'M'}, std::byte{'Q'}, std::byte{'P'}, std::byte{0},
             std::byte{0}, std::byte{9}, std::byte{1}}};
}

/// How a peer's stream begins.
enum class StreamStart {
    frames,           ///< A broker's: with a frame, unless it refuses our version.
    protocol_header,  ///< A client's.
};

/// Cuts a stream into frames. Complete frames are not copied: they are views into the fed bytes.
/// After a ProtocolError neither the stream nor the reader can be used further.
class FrameReader {
public:
    explicit FrameReader(std::size_t max_frame_bytes = min_frame_bytes,
                         StreamStart start = StreamStart::frames)
        : max_frame_bytes_(max_frame_bytes), start_(start) {}

    /// Sets the largest frame to accept from now on, overhead included.
    void set_max_frame_bytes(std::size_t max_frame_bytes) { max_frame_bytes_ = max_frame_bytes; }

    /// Sets a separate limit for the payload of content headers: RabbitMQ does not hold the headers
    /// that it relays to frame_max. The reader skips the rest of a larger header as it arrives, and
    /// hands out its start only. Without this call, the limit of all frames applies.
    void set_max_header_bytes(std::size_t payload_bytes) {
        max_header_frame_bytes_ = payload_bytes + frame_overhead_bytes;
    }

    /// From now on, hands out incomplete body frames of at least `frame_bytes` in parts, as they
    /// arrive, instead of keeping them until they are complete. The last part, perhaps empty,
    /// completes the frame.
    void split_bodies_from(std::size_t frame_bytes) { split_bodies_from_ = frame_bytes; }
    /// How much payload of the frame that is handed out in parts is still to come. A caller that
    /// reads it from the peer straight to its destination reports that with skip().
    std::size_t missing_bytes() const { return missing_; }
    std::uint16_t parts_channel() const { return parts_channel_; }
    void skip(std::size_t count) { missing_ -= count; }

    /// Takes the next bytes. They must stay alive until next() returns nothing; only then does the
    /// reader copy an incomplete rest, less than one frame. Throws ProtocolError (501) if it
    /// expected a protocol header and these are other bytes.
    void feed(Bytes bytes);

    /// The next frame, complete unless it is a part of one (split_bodies_from()), valid until the
    /// following next() or feed(). Nothing if more bytes are needed. Throws ProtocolError: 501 for
    /// an unknown type, a size above the limit (as soon as the size is known; but see
    /// set_max_header_bytes()) or a wrong end octet, 505 for a heartbeat on a channel.
    std::optional<Frame> next();

    /// The protocol header at the start of the stream: the version that a client asks for, or that
    /// a broker offers when it refuses ours (nothing follows it then). Complete after feed().
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
    bool is_in_parts_ = false;  // a body frame is being handed out in parts
    std::uint16_t parts_channel_ = 0;
    std::size_t missing_ = 0;  // of its payload
    std::size_t skipped_ = 0;  // of a content header that is too large
};

}  // namespace eventail::wire
