#include "bus/intake.hpp"

#include <utility>

namespace eventail::bus {
namespace {

constexpr std::size_t max_spares = 8;
constexpr std::size_t max_shared_bytes = Intake::segment_bytes / 4;

}  // namespace

void Intake::Batch::clear() {
    messages.clear();
    settlements.clear();
    logs.clear();
}

bool Intake::has_room(std::size_t length) const {
    if (current_ && current_->capacity() - current_->size() >= length) return true;
    const std::size_t needed = length > max_shared_bytes ? length : segment_bytes;
    return held_bytes_ == 0 || held_bytes_ + needed <= limits_.max_bytes;
}

Sequence Intake::append(wire::Bytes frames, const Ticket& ticket) {
    Accepted accepted{.length = frames.size(), .ticket = ticket};
    // Bytes that were handed out never move: a message that does not fit begins a new segment.
    if (!current_ || current_->capacity() - current_->size() < frames.size()) {
        const bool is_large = frames.size() > max_shared_bytes;
        current_ = new_segment(is_large ? frames.size() : segment_bytes);
        accepted.segment = current_;
    }
    accepted.offset = current_->size();
    current_->append(frames);
    batch_.messages.push_back(std::move(accepted));
    return next_sequence_++;
}

bool Intake::append_log(wire::Bytes frames) {
    if (batch_.logs.size() + frames.size() > limits_.max_log_bytes) return false;
    batch_.logs.append(frames);
    return true;
}

void Intake::take(Batch& batch) { std::swap(batch_, batch); }

SharedBuffer Intake::new_segment(std::size_t capacity) {
    held_bytes_ += capacity;
    if (capacity == segment_bytes && !spares_.empty()) {
        SharedBuffer spare = std::move(spares_.back());
        spares_.pop_back();
        return spare;
    }
    auto segment = std::make_shared<wire::Buffer>();
    segment->reserve(capacity);
    return segment;
}

void Intake::release(SharedBuffer segment) {
    held_bytes_ -= segment->capacity();
    if (segment == current_) current_.reset();
    // An output queue may still look at it; then it is freed when that is done.
    const bool is_shared = segment.use_count() > 1;
    if (segment->capacity() == segment_bytes && !is_shared && spares_.size() < max_spares) {
        segment->clear();
        spares_.push_back(std::move(segment));
    }
}

}  // namespace eventail::bus
