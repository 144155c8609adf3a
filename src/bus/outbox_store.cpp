#include "bus/outbox_store.hpp"

#include "base/assert.hpp"

#include <utility>

namespace eventail::bus {

void OutboxStore::add(const std::vector<Accepted>& messages) {
    for (const Accepted& message : messages) {
        if (message.segment) {
            segments_.push_back({.buffer = message.segment});
            may_release_ = true;
        }
        EVENTAIL_ASSERT(!segments_.empty() && segments_.back().buffer,
                        "a message is in a segment that is still held");
        EVENTAIL_ASSERT(
            message.offset + message.length <= segments_.back().buffer->frames.capacity(),
            "a message is within the memory of its segment");
        ++segments_.back().unsettled;
        ++unsettled_;
        entries_.push_back({.segment = first_segment_ + segments_.size() - 1,
                            .offset = message.offset,
                            .length = message.length,
                            .ticket = message.ticket});
    }
}

OutboxStore::Entry* OutboxStore::find_straggler(Sequence sequence) {
    const auto straggler = stragglers_.find(sequence);
    return straggler == stragglers_.end() ? nullptr : &straggler->second;
}

FrameRange OutboxStore::range_of(Sequence sequence, const Entry& entry) const {
    EVENTAIL_ASSERT(entry.state != State::settled, "only what is not settled is looked at");
    EVENTAIL_ASSERT(segments_[entry.segment - first_segment_].buffer,
                    "a segment is held as long as a message in it is not settled");
    return {.sequence = sequence,
            .segment = segments_[entry.segment - first_segment_].buffer,
            .offset = entry.offset,
            .length = entry.length};
}

void OutboxStore::settle(Sequence sequence, Entry& entry) {
    EVENTAIL_ASSERT(find(sequence) == &entry, "a message is settled under its own sequence");
    EVENTAIL_ASSERT(entry.state != State::settled, "a message is settled once");
    EVENTAIL_ASSERT(unsettled_ > 0 && segments_[entry.segment - first_segment_].unsettled > 0,
                    "what is settled was counted");
    entry.state = State::settled;
    --unsettled_;
    ++settled_;
    if (sequence < first_) may_erase_stragglers_ = true;
    if (--segments_[entry.segment - first_segment_].unsettled == 0) may_release_ = true;
}

bool OutboxStore::is_settled(Sequence sequence) const {
    const Entry* entry = find(sequence);
    return entry == nullptr ? sequence < first_ : entry->state == State::settled;
}

void OutboxStore::let_go() {
    while (!entries_.empty() && entries_.front().state == State::settled) {
        entries_.pop_front();
        ++first_;
    }
    if (std::exchange(may_erase_stragglers_, false)) {
        std::erase_if(stragglers_,
                      [](const auto& each) { return each.second.state == State::settled; });
    }
    if (std::exchange(may_release_, false)) let_go_of_segments();
}

// A message refused for hours must not keep the places of all messages after it.
std::vector<Sequence> OutboxStore::set_stragglers_apart() {
    std::vector<Sequence> apart;
    for (const Sequence end = first_ + entries_.size() / 2; first_ < end; ++first_) {
        const Entry& entry = entries_.front();
        if (entry.state != State::settled) {
            EVENTAIL_ASSERT(stragglers_.empty() || stragglers_.rbegin()->first < first_,
                            "stragglers are set apart in the order of acceptance");
            stragglers_.emplace(first_, entry);
            apart.push_back(first_);
        }
        entries_.pop_front();
    }
    return apart;
}

void OutboxStore::let_go_of_segments() {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        SegmentSlot& slot = segments_[i];
        if (!slot.buffer || slot.unsettled > 0) continue;
        // The last one may still be filled, unless it was made to measure.
        const bool may_be_filled = slot.buffer->frames.capacity() == Intake::segment_bytes;
        const bool is_last = i + 1 == segments_.size();
        if (is_last && may_be_filled) continue;
        released_.push_back(std::exchange(slot.buffer, nullptr));
        EVENTAIL_ASSERT(!slot.buffer, "the memory of a segment is given back once");
    }
    while (segments_.size() > 1 && !segments_.front().buffer) {
        segments_.pop_front();
        ++first_segment_;
    }
}

bool OutboxStore::is_consistent() const {
    std::size_t unsettled = 0;
    std::vector<std::size_t> unsettled_in(segments_.size(), 0);
    bool is_right = stragglers_.empty() || stragglers_.rbegin()->first < first_;
    for_each([&](Sequence, const Entry& entry) {
        if (entry.state == State::settled) return;
        ++unsettled;
        const std::uint64_t i = entry.segment - first_segment_;
        is_right = is_right && i < segments_.size() && segments_[i].buffer;
        if (is_right) ++unsettled_in[i];
    });
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        is_right = is_right && segments_[i].unsettled == unsettled_in[i];
    }
    const bool is_let_go = entries_.empty() || entries_.front().state != State::settled;
    return is_right && is_let_go && unsettled == unsettled_ && settled_ + unsettled_ == end() - 1;
}

}  // namespace eventail::bus
