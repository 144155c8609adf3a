#include "amqp/output_queue.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace eventail::amqp {

namespace {

// What is written stays at the front until it outweighs the rest, so that moving the rest costs
// less than having written did.
constexpr std::size_t kept_control_bytes = 4096;
constexpr std::size_t kept_chunks = 64;

}  // namespace

void OutputQueue::append(const Segment& segment, std::size_t offset, std::size_t length) {
    // Others may be appending to the segment meanwhile: its size is theirs.
    assert(segment && offset + length <= segment->capacity());
    if (length == 0) return;
    size_bytes_ += length;
    if (first_chunk_ < chunks_.size()) {
        Chunk& last = chunks_.back();
        if (last.segment == segment && last.offset + last.length == offset) {
            last.length += length;
            return;
        }
    }
    chunks_.push_back({.segment = segment, .offset = offset, .length = length});
}

void OutputQueue::note_control(std::size_t length) {
    if (length == 0) return;
    size_bytes_ += length;
    if (first_chunk_ < chunks_.size() && !chunks_.back().segment) {
        chunks_.back().length += length;
    } else {
        chunks_.push_back({.segment = {}, .offset = 0, .length = length});
    }
}

std::size_t OutputQueue::gather(std::span<wire::Bytes> views) const {
    std::size_t count = 0;
    std::size_t control_start = control_written_;
    for (std::size_t i = first_chunk_; i < chunks_.size() && count < views.size(); ++i) {
        const Chunk& chunk = chunks_[i];
        if (chunk.segment) {
            views[count++] = {chunk.segment->data() + chunk.offset, chunk.length};
        } else {
            views[count++] = control_.view().subspan(control_start, chunk.length);
            control_start += chunk.length;
        }
    }
    return count;
}

void OutputQueue::consume(std::size_t count) {
    assert(count <= size_bytes_);
    size_bytes_ -= count;
    while (count > 0) {
        Chunk& chunk = chunks_[first_chunk_];
        const std::size_t taken = std::min(count, chunk.length);
        (chunk.segment ? chunk.offset : control_written_) += taken;
        chunk.length -= taken;
        count -= taken;
        if (chunk.length == 0) {
            chunk.segment.reset();
            ++first_chunk_;
        }
    }
    drop_written_control();
    drop_written_chunks();
}

void OutputQueue::drop_written_control() {
    const std::size_t rest = control_.size() - control_written_;
    if (rest != 0 && (control_written_ < kept_control_bytes || control_written_ < rest)) return;
    if (rest != 0) std::memmove(control_.data(), control_.data() + control_written_, rest);
    control_.resize(rest);
    control_written_ = 0;
}

void OutputQueue::drop_written_chunks() {
    const std::size_t rest = chunks_.size() - first_chunk_;
    if (rest != 0 && (first_chunk_ < kept_chunks || first_chunk_ < rest)) return;
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(first_chunk_));
    first_chunk_ = 0;
}

void OutputQueue::clear() {
    chunks_.clear();
    first_chunk_ = 0;
    control_.clear();
    control_written_ = 0;
    size_bytes_ = 0;
}

}  // namespace eventail::amqp
