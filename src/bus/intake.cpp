#include "bus/intake.hpp"

#include "base/assert.hpp"
#include "payload/payload_codec.hpp"

#include <algorithm>
#include <utility>

namespace eventail::bus {
namespace {

constexpr std::size_t max_spares = 8;
constexpr std::size_t max_shared_bytes = Intake::segment_bytes / 4;

}  // namespace

std::size_t Segment::held_bytes() const {
    return frames.capacity() + (body ? payload::held_bytes(*body) : 0);
}

void Intake::Batch::clear() {
    messages.clear();
    settlements.clear();
    logs.clear();
}

bool Intake::has_room(std::size_t length) const {
    const bool is_shared = length <= max_shared_bytes && current_;
    if (is_shared && current_->frames.capacity() - current_->frames.size() >= length) return true;
    const std::size_t needed = length > max_shared_bytes ? length : segment_bytes;
    // The current segment is never released before another one begins, even if all is settled.
    const std::size_t current_bytes = current_ ? current_->held_bytes() : 0;
    return held_bytes_ == current_bytes || held_bytes_ + needed <= limits_.max_bytes;
}

std::byte* Intake::append(std::size_t length, const Ticket& ticket) {
    // Handed-out bytes never move: a message that does not fit begins a new segment.
    const bool is_new = !current_ || current_->frames.capacity() - current_->frames.size() < length;
    SharedSegment fresh;
    if (is_new) fresh = new_segment(length > max_shared_bytes ? length : segment_bytes);
    return accept(length, std::move(fresh), ticket);
}

std::byte* Intake::append(std::size_t length, Payload body, const Ticket& ticket) {
    SharedSegment fresh = new_segment(length);
    fresh->body = std::move(body);
    return accept(length, std::move(fresh), ticket);
}

Sequence Intake::append(wire::Bytes frames, const Ticket& ticket) {
    std::ranges::copy(frames, append(frames.size(), ticket));
    return next_sequence_ - 1;
}

std::byte* Intake::accept(std::size_t length, SharedSegment fresh, const Ticket& ticket) {
    Accepted& accepted = batch_.messages.emplace_back();
    if (fresh) {
        held_bytes_ += fresh->held_bytes();
        accepted.segment = fresh;
        current_ = std::move(fresh);
    }
    EVENTAIL_ASSERT(current_ && current_->frames.capacity() - current_->frames.size() >= length,
                    "bytes that were handed out never move");
    accepted.offset = current_->frames.size();
    accepted.length = length;
    accepted.ticket = ticket;
    ++next_sequence_;
    return current_->frames.grow(length);
}

bool Intake::append_log(wire::Bytes frames) {
    if (batch_.logs.size() + frames.size() > limits_.max_log_bytes) return false;
    batch_.logs.append(frames);
    return true;
}

void Intake::take(Batch& batch) {
    EVENTAIL_ASSERT(batch.messages.empty() && batch.settlements.empty() && batch.logs.empty(),
                    "a batch is absorbed before the next one is taken");
    std::swap(batch_, batch);
}

SharedSegment Intake::new_segment(std::size_t capacity) {
    if (capacity == segment_bytes && !spares_.empty()) {
        SharedSegment spare = std::move(spares_.back());
        spares_.pop_back();
        return spare;
    }
    auto segment = std::make_shared<Segment>();
    segment->frames.reserve(capacity);
    return segment;
}

void Intake::release(SharedSegment segment) {
    EVENTAIL_ASSERT(held_bytes_ >= segment->held_bytes(), "memory is given back once");
    EVENTAIL_ASSERT(std::ranges::find(spares_, segment) == spares_.end(),
                    "a segment that can be used again is not released again");
    held_bytes_ -= segment->held_bytes();
    if (segment == current_) current_.reset();
    // An output queue may still refer to it, and frees it later.
    const bool is_shared = segment.use_count() > 1;
    const bool is_usual = segment->frames.capacity() == segment_bytes && !segment->body;
    if (is_usual && !is_shared && spares_.size() < max_spares) {
        segment->frames.clear();
        spares_.push_back(std::move(segment));
    }
}

}  // namespace eventail::bus
