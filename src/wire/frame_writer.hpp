// Appends one frame to a buffer: its head first, its size and end octet once the payload is there.
#pragma once

#include "wire/frame.hpp"
#include "wire/writer.hpp"

#include <cstdint>

namespace eventail::wire {

/// A frame under construction. If an exception prevents finish(), its destructor removes the bytes
/// that it appended.
class FrameWriter {
public:
    FrameWriter(Buffer& buffer, FrameType type, std::uint16_t channel)
        : buffer_(buffer), start_(buffer.size()) {
        std::byte* head = buffer.grow(frame_header_bytes);
        head[0] = static_cast<std::byte>(type);
        store_big_endian(head + 1, channel);
    }
    ~FrameWriter() {
        if (!is_finished_) buffer_.resize(start_);
    }
    FrameWriter(const FrameWriter&) = delete;
    FrameWriter& operator=(const FrameWriter&) = delete;

    /// For the payload.
    Writer payload() { return Writer(buffer_); }

    /// Completes the frame and returns how many bytes it takes in all.
    std::size_t finish() {
        const std::size_t payload_bytes = buffer_.size() - start_ - frame_header_bytes;
        *buffer_.grow(1) = std::byte{frame_end};
        Writer(buffer_).patch_u32(start_ + 3, static_cast<std::uint32_t>(payload_bytes));
        is_finished_ = true;
        return payload_bytes + frame_overhead_bytes;
    }

private:
    Buffer& buffer_;
    std::size_t start_;
    bool is_finished_ = false;
};

}  // namespace eventail::wire
