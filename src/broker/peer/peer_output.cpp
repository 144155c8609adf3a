#include "broker/peer/peer_output.hpp"

#include "base/assert.hpp"
#include "wire/frame_writer.hpp"

#include <algorithm>

namespace eventail::broker {

namespace {

/// Copying a smaller body costs less than keeping it separate.
constexpr std::size_t smallest_reference_bytes = 4096;
constexpr std::size_t full_piece_bytes = 65536;

}  // namespace

void PeerOutput::send_heartbeat() { count_frame(wire::encode_heartbeat(writable_tail())); }

void PeerOutput::send_protocol_header() {
    const wire::ProtocolHeader header = wire::protocol_header();
    writable_tail().append(header.bytes);
    count_bytes(header.bytes.size());
}

void PeerOutput::send_content(std::uint16_t channel, const MessagePtr& message) {
    const wire::Bytes body = message->body();
    {
        wire::FrameWriter frame(writable_tail(), wire::FrameType::header, channel);
        wire::Writer payload = frame.payload();
        payload.u16(wire::BasicPublish::id.class_id);
        payload.u16(0);
        payload.u64(body.size());
        payload.raw(message->properties());
        count_frame(frame.finish());
    }
    if (body.empty()) return;
    if (body.size() >= smallest_reference_bytes) {
        send_body_by_reference(channel, message);
    } else {
        count_frame(wire::encode_body(writable_tail(), channel, body, frame_max_));
    }
}

void PeerOutput::send_body_by_reference(std::uint16_t channel, const MessagePtr& message) {
    const std::size_t max_payload_bytes = frame_max_ - wire::frame_overhead_bytes;
    wire::Bytes rest = message->body();
    while (!rest.empty()) {
        const wire::Bytes part = rest.first(std::min(rest.size(), max_payload_bytes));
        std::byte* head = writable_tail().grow(wire::frame_header_bytes);
        head[0] = static_cast<std::byte>(wire::FrameType::body);
        wire::store_big_endian(head + 1, channel);
        wire::store_big_endian(head + 3, static_cast<std::uint32_t>(part.size()));
        pieces_.push_back({.message = message, .part = part, .is_sealed = true});
        // Starts a small piece: after a body often only its end octet follows.
        pieces_.push_back({});
        *pieces_.back().own.grow(1) = std::byte{wire::frame_end};
        count_frame(part.size() + wire::frame_overhead_bytes);
        rest = rest.subspan(part.size());
    }
}

wire::Buffer& PeerOutput::writable_tail() {
    if (pieces_.empty() || pieces_.back().is_sealed ||
        pieces_.back().own.size() >= full_piece_bytes) {
        pieces_.push_back({.own = spares_.take()});
    }
    return pieces_.back().own;
}

void PeerOutput::count_bytes(std::size_t count) {
    size_bytes_ += count;
    appended_bytes_ += count;
}

void PeerOutput::count_frame(std::size_t frame_bytes) {
    count_bytes(frame_bytes);
    ++appended_frames_;
    if (appended_frames_ == frame_limit_) byte_limit_ = std::min(byte_limit_, appended_bytes_);
}

void PeerOutput::limit_frames(std::uint64_t total) {
    frame_limit_ = total;
    if (appended_frames_ >= total) byte_limit_ = std::min(byte_limit_, appended_bytes_);
}

std::size_t PeerOutput::gather(std::span<wire::Bytes> views) {
    std::uint64_t allowed = byte_limit_ - std::min(byte_limit_, written_bytes());
    std::size_t count = 0;
    std::size_t offset = first_offset_;
    for (std::size_t i = first_; i < pieces_.size() && count < views.size() && allowed > 0; ++i) {
        pieces_[i].is_sealed = true;
        wire::Bytes view = pieces_[i].bytes().subspan(offset);
        if (view.size() > allowed) view = view.first(static_cast<std::size_t>(allowed));
        allowed -= view.size();
        offset = 0;
        if (!view.empty()) views[count++] = view;
    }
    return count;
}

void PeerOutput::consume(std::size_t count) {
    // Bytes that were being sent when the rest was dropped are already gone.
    count = std::min(count, size_bytes_);
    EVENTAIL_ASSERT(size_bytes_ <= appended_bytes_, "what waits was appended");
    size_bytes_ -= count;
    first_offset_ += count;
    while (first_ < pieces_.size()) {
        const std::size_t piece_bytes = pieces_[first_].bytes().size();
        if (first_offset_ < piece_bytes) break;
        first_offset_ -= piece_bytes;
        spares_.give_back(std::move(pieces_[first_].own));
        pieces_[first_].message.reset();
        ++first_;
    }
    drop_consumed();
}

void PeerOutput::drop_consumed() {
    constexpr std::size_t worth_keeping = 4;
    if (first_ == pieces_.size()) {
        pieces_.clear();
        if (pieces_.capacity() > worth_keeping) pieces_.shrink_to_fit();
        first_ = 0;
    } else if (first_ > 64 && 2 * first_ > pieces_.size()) {
        pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

void PeerOutput::drop() { consume(size_bytes_); }

}  // namespace eventail::broker
