#include "wire/frame.hpp"

#include "wire/big_endian.hpp"
#include "wire/protocol_error.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace eventail::wire {

namespace {

/// One frame's type, channel and size.
struct Head {
    FrameType type = FrameType::method;
    std::uint16_t channel = 0;
    std::size_t frame_bytes = 0;
    bool is_skipped = false;
};

[[noreturn]] void refuse(const std::string& text) {
    throw ProtocolError(ReplyCode::frame_error, text);
}

FrameType check_type(std::byte octet) {
    const auto type = static_cast<FrameType>(octet);
    switch (type) {
        case FrameType::method:
        case FrameType::header:
        case FrameType::body:
        case FrameType::heartbeat: return type;
    }
    refuse("unknown frame type " + std::to_string(std::to_integer<int>(octet)));
}

/// @param max_header_frame_bytes limit for content headers; 0: the limit of all frames
Head check_head(const std::byte* start, std::size_t max_frame_bytes,
                std::size_t max_header_frame_bytes) {
    Head head{.type = check_type(start[0]),
              .channel = load_big_endian<std::uint16_t>(start + 1),
              .frame_bytes = load_big_endian<std::uint32_t>(start + 3) + frame_overhead_bytes};
    if (head.frame_bytes > max_frame_bytes) [[unlikely]] {
        const bool may_be_larger = head.type == FrameType::header && max_header_frame_bytes != 0;
        if (may_be_larger) {
            head.is_skipped = head.frame_bytes > max_header_frame_bytes;
            return head;
        }
        refuse("a frame of " + std::to_string(head.frame_bytes) +
               " bytes is larger than frame_max, " + std::to_string(max_frame_bytes));
    }
    if (head.type == FrameType::heartbeat) {
        if (head.frame_bytes != frame_overhead_bytes) refuse("a heartbeat with a payload");
        if (head.channel != 0) {
            throw ProtocolError(ReplyCode::unexpected_frame,
                                "a heartbeat on channel " + std::to_string(head.channel));
        }
    }
    return head;
}

void check_end_octet(std::byte octet) {
    if (octet != std::byte{frame_end}) refuse("a frame without the end octet");
}

Frame check_end(const Head& head, Bytes frame) {
    check_end_octet(frame.back());
    return {.type = head.type,
            .channel = head.channel,
            .payload = frame.subspan(frame_header_bytes, frame.size() - frame_overhead_bytes)};
}

}  // namespace

void FrameReader::feed(Bytes bytes) {
    if (!input_.empty()) throw std::logic_error("feed() before next() has returned nothing");
    const bool is_over = peer_header_ && start_ == StreamStart::frames;
    if (is_over) return;
    input_ = bytes;
    if (is_at_start_ && !input_.empty()) take_protocol_header();
}

void FrameReader::take_protocol_header() {
    // 'A' is not a frame type, so the first byte reveals a broker that refuses our version.
    const ProtocolHeader expected = protocol_header();
    if (header_bytes_ == 0 && start_ == StreamStart::frames && input_[0] != expected.bytes[0]) {
        is_at_start_ = false;
        return;
    }
    const std::size_t count = std::min(input_.size(), header_.bytes.size() - header_bytes_);
    std::copy_n(input_.data(), count, header_.bytes.data() + header_bytes_);
    header_bytes_ += count;
    input_ = input_.subspan(count);

    constexpr std::size_t name_bytes = 4;
    const std::size_t known = std::min(header_bytes_, name_bytes);
    if (!std::equal(expected.bytes.data(), expected.bytes.data() + known, header_.bytes.data())) {
        refuse("the peer does not speak AMQP");
    }
    if (header_bytes_ < header_.bytes.size()) return;
    is_at_start_ = false;
    peer_header_ = header_;
    if (start_ == StreamStart::frames) input_ = {};
}

std::optional<Frame> FrameReader::next() {
    if (held_is_complete_) forget_held();
    if (is_in_parts_) return next_part();
    if (!held_.empty()) return next_from_held();
    if (input_.size() >= frame_header_bytes) {
        const Head head = check_head(input_.data(), max_frame_bytes_, max_header_frame_bytes_);
        if (head.is_skipped) return next_from_held();
        if (input_.size() >= head.frame_bytes) {
            const Bytes frame = input_.first(head.frame_bytes);
            input_ = input_.subspan(head.frame_bytes);
            return check_end(head, frame);
        }
        if (head.type == FrameType::body && head.frame_bytes >= split_bodies_from_) {
            input_ = input_.subspan(frame_header_bytes);
            return begin_parts(head.channel, head.frame_bytes - frame_overhead_bytes);
        }
    }
    hold_until(input_.size());
    return std::nullopt;
}

std::optional<Frame> FrameReader::begin_parts(std::uint16_t channel, std::size_t payload_bytes) {
    is_in_parts_ = true;
    parts_channel_ = channel;
    missing_ = payload_bytes;
    return next_part();
}

std::optional<Frame> FrameReader::next_part() {
    if (input_.empty()) return std::nullopt;
    const Bytes part = input_.first(std::min(input_.size(), missing_));
    input_ = input_.subspan(part.size());
    missing_ -= part.size();
    Frame frame{
        .type = FrameType::body, .channel = parts_channel_, .payload = part, .is_part = true};
    frame.is_complete = missing_ == 0 && !input_.empty();
    if (frame.is_complete) {
        check_end_octet(input_[0]);
        input_ = input_.subspan(1);
        is_in_parts_ = false;
    }
    return frame;
}

std::optional<Frame> FrameReader::next_from_held() {
    if (!hold_until(frame_header_bytes)) return std::nullopt;
    const Head head = check_head(held_.data(), max_frame_bytes_, max_header_frame_bytes_);
    if (head.is_skipped) {
        return skip_header(head.channel, head.frame_bytes - frame_overhead_bytes);
    }
    const bool is_only_head = held_.size() == frame_header_bytes;
    if (is_only_head && head.type == FrameType::body && head.frame_bytes >= split_bodies_from_) {
        held_.clear();
        return begin_parts(head.channel, head.frame_bytes - frame_overhead_bytes);
    }
    if (!hold_until(head.frame_bytes)) return std::nullopt;
    held_is_complete_ = true;
    return check_end(head, held_.view());
}

std::optional<Frame> FrameReader::skip_header(std::uint16_t channel, std::size_t payload_bytes) {
    if (!hold_until(frame_header_bytes + content_header_start_bytes)) return std::nullopt;
    const std::size_t size = payload_bytes - content_header_start_bytes;
    const std::size_t count = std::min(size - skipped_, input_.size());
    input_ = input_.subspan(count);
    skipped_ += count;
    if (input_.empty()) return std::nullopt;
    check_end_octet(input_[0]);
    input_ = input_.subspan(1);
    skipped_ = 0;
    held_is_complete_ = true;
    return Frame{.type = FrameType::header,
                 .channel = channel,
                 .skipped_bytes = static_cast<std::uint32_t>(size),
                 .payload = held_.view().subspan(frame_header_bytes)};
}

void FrameReader::forget_held() {
    held_is_complete_ = false;
    held_.clear();
    // Gives back the memory of a large content header.
    if (held_.capacity() > 2 * max_frame_bytes_) held_ = {};
}

bool FrameReader::hold_until(std::size_t size) {
    if (held_.size() < size) {
        const std::size_t count = std::min(size - held_.size(), input_.size());
        held_.append(input_.first(count));
        input_ = input_.subspan(count);
    }
    return held_.size() >= size;
}

}  // namespace eventail::wire
