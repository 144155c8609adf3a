#include "amqp/output_queue.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace eventail::amqp {

namespace {

// Written bytes stay at the front until they outweigh the rest. Moving the rest then costs less
// than writing them did.
constexpr std::size_t kept_control_bytes = 4096;
constexpr std::size_t kept_chunks = 64;

}  // namespace

bool OutputQueue::extend_last(const void* owner, wire::Bytes bytes) {
    if (bytes.empty()) return true;
    if (first_chunk_ == chunks_.size()) return false;
    Chunk& last = chunks_.back();
    if (last.owner.get() != owner || last.bytes + last.length != bytes.data()) return false;
    last.length += bytes.size();
    size_bytes_ += bytes.size();
    return true;
}

void OutputQueue::append_chunk(std::shared_ptr<const void> owner, wire::Bytes bytes) {
    assert(owner);
    size_bytes_ += bytes.size();
    chunks_.push_back({.owner = std::move(owner), .bytes = bytes.data(), .length = bytes.size()});
}

void OutputQueue::note_control(std::size_t length) {
    if (length == 0) return;
    size_bytes_ += length;
    if (first_chunk_ < chunks_.size() && !chunks_.back().owner) {
        chunks_.back().length += length;
    } else {
        chunks_.push_back({.length = length});
    }
}

std::size_t OutputQueue::gather(std::span<wire::Bytes> views) const {
    std::size_t count = 0;
    std::size_t control_start = control_written_;
    for (std::size_t i = first_chunk_; i < chunks_.size() && count < views.size(); ++i) {
        const Chunk& chunk = chunks_[i];
        if (chunk.owner) {
            views[count++] = {chunk.bytes, chunk.length};
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
        if (chunk.owner) {
            chunk.bytes += taken;
        } else {
            control_written_ += taken;
        }
        chunk.length -= taken;
        count -= taken;
        if (chunk.length == 0) {
            chunk.owner.reset();
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
