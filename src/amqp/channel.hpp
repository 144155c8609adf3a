// One channel of a session: its requests that wait for answers, and the incoming message, which
// consists of a method, a content header and any number of body frames (AMQP 0-9-1, section
// 2.3.5.2).
#pragma once

#include "amqp/session_events.hpp"
#include "base/time.hpp"
#include "wire/buffer.hpp"
#include "wire/frame.hpp"
#include "wire/methods.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>

namespace eventail::amqp {

/// Puts messages together, one at a time. Keeps its buffers from one message to the next; does not
/// copy a body that arrives in one frame. Throws ProtocolError for frames that do not fit together.
class ContentAssembly {
public:
    /// True from a method that carries content until finish().
    bool is_under_way() const { return expected_ != Expected::nothing; }

    /// Each takes the payload of the method frame that opens a message.
    void begin_delivery(std::uint16_t channel, wire::Bytes deliver);
    void begin_got(std::uint16_t channel, wire::Bytes get_ok);
    void begin_returned(std::uint16_t channel, wire::Bytes basic_return);

    /// Takes a header frame. Skips bodies longer than `max_body_bytes`, and bodies after a header
    /// that was itself skipped. @return true if the message is complete.
    bool add_header(const wire::Frame& frame, std::uint64_t max_body_bytes);
    /// Takes a body frame's payload, or a part of it. @return true if the message is complete.
    bool add_body(wire::Bytes payload, bool is_whole_frame);

    /// Where the next `count` bytes of the body belong; empty if the body is being skipped. A
    /// caller that writes them there reports it with body_written().
    std::span<std::byte> body_room(std::size_t count);
    void body_written(std::size_t count);
    /// How much of the body is still to come.
    std::uint64_t missing_bytes() const { return missing_; }

    /// The complete message, valid until finish() and as long as the frame that completed it.
    bool is_returned() const { return is_returned_; }
    const Delivery& delivery() const { return delivery_; }
    Returned returned() const;

    /// Forgets the message; gives back the memory of an unusually large one.
    void finish();

private:
    enum class Expected { nothing, header, body };

    bool is_body_kept() const { return !delivery_.oversized && !delivery_.skipped_header_bytes; }
    wire::Bytes keep_method(wire::Bytes payload);
    void read_properties(wire::Bytes properties);

    Expected expected_ = Expected::nothing;
    bool is_returned_ = false;
    std::uint16_t reply_code_ = 0;
    std::string_view reply_text_;
    Delivery delivery_;  // also holds the fields that Returned shares with it
    std::uint64_t missing_ = 0;
    wire::Buffer method_;
    wire::Buffer header_;
    wire::Buffer body_;
};

/// A request that waits for its answer.
struct PendingRequest {
    wire::MethodId reply;
    std::string_view name;  ///< of the request
    TimePoint deadline = {};
};

/// A channel that is open, opening or closing. A closed channel has no Channel object.
struct Channel {
    bool is_closing = false;  ///< our channel.close is on its way
    bool is_crossing_close_answered = false;
    std::deque<PendingRequest> requests = {};
    ContentAssembly content = {};
};

}  // namespace eventail::amqp
