#include "bus/outbox.hpp"

#include <algorithm>
#include <utility>

namespace eventail::bus {
namespace {

constexpr unsigned max_doublings = 3;
constexpr std::size_t min_entries_to_thin_out = 4096;
constexpr std::size_t settled_per_straggler = 64;

}  // namespace

void Outbox::absorb(const std::vector<Accepted>& messages) {
    for (const Accepted& message : messages) {
        if (message.segment) {
            segments_.push_back({.buffer = message.segment});
            may_release_ = true;
        }
        ++segments_.back().unsettled;
        ++unsettled_;
        entries_.push_back({.segment = first_segment_ + segments_.size() - 1,
                            .offset = message.offset,
                            .length = message.length,
                            .ticket = message.ticket});
    }
    release_settled();
}

std::optional<Outbox::Range> Outbox::next(std::size_t max_bytes) {
    if (suspects_ > 0 && in_flight_ > 0) return std::nullopt;
    while (!due_.empty()) {
        const Sequence sequence = due_.front();
        due_.pop_front();
        Entry* entry = find(sequence);
        if (entry != nullptr && entry->state == State::waiting) return hand_out(sequence, *entry);
    }
    if (find_waiting() == nullptr) return std::nullopt;
    const Sequence sequence = cursor_++;
    Range range = hand_out(sequence, *find(sequence));
    if (suspects_ == 0) extend(range, max_bytes);
    return range;
}

// By what was accepted right after it, so that most of the time one range is all that gathered.
void Outbox::extend(Range& range, std::size_t max_bytes) {
    const std::uint64_t segment = entries_[range.sequence - first_].segment;
    for (; cursor_ - first_ < entries_.size(); ++cursor_) {
        Entry& entry = entries_[cursor_ - first_];
        const bool follows = entry.state == State::waiting && entry.segment == segment &&
                             entry.offset == range.offset + range.length;
        if (!follows || range.length + entry.length > max_bytes) return;
        range.length += entry.length;
        put_in_flight(cursor_, entry);
    }
}

Outbox::Range Outbox::hand_out(Sequence sequence, Entry& entry) {
    Range range{.sequence = sequence,
                .segment = segments_[entry.segment - first_segment_].buffer,
                .offset = entry.offset,
                .length = entry.length};
    put_in_flight(sequence, entry);
    return range;
}

void Outbox::put_in_flight(Sequence sequence, Entry& entry) {
    if (std::exchange(entry.was_sent, true)) ++resent_;
    entry.state = State::in_flight;
    ++in_flight_;
    tags_.push_back(sequence);
}

void Outbox::confirm(std::uint64_t tag, bool multiple, bool is_ack, TimePoint now) {
    const std::uint64_t end = first_tag_ + tags_.size();
    if (tag >= end && tag != 0) return;
    if (multiple) {
        // Tag 0 with multiple means all.
        const std::uint64_t last = tag == 0 ? end - 1 : tag;
        for (std::uint64_t each = first_tag_; each <= last; ++each) confirm_one(each, is_ack, now);
    } else {
        confirm_one(tag, is_ack, now);
    }
    while (!tags_.empty() && tags_.front() == 0) {
        tags_.pop_front();
        ++first_tag_;
    }
    release_settled();
}

void Outbox::confirm_one(std::uint64_t tag, bool is_ack, TimePoint now) {
    if (tag < first_tag_) return;
    const Sequence sequence = std::exchange(tags_[tag - first_tag_], 0);
    Entry* entry = find(sequence);
    if (sequence == 0 || entry == nullptr || entry->state == State::settled) return;
    if (is_ack) {
        acked(sequence, *entry);
    } else if (entry->state == State::in_flight) {
        nacked(sequence, *entry, now);
    }
}

void Outbox::acked(Sequence sequence, Entry& entry) {
    leave_flight(entry);
    if (entry.refusals > 0) rejections_.push_back({.sequence = sequence, .is_over = true});
    if (entry.ticket.retry == Retry::by_owner) {
        const Fate fate = entry.is_returned ? Fate::unroutable : Fate::confirmed;
        reports_.push_back({.sequence = sequence, .fate = fate});
        settle(entry);
    } else if (entry.is_returned) {
        entry.is_confirmed = true;
        entry.state = State::parked;
    } else {
        settle(entry);
    }
}

void Outbox::nacked(Sequence sequence, Entry& entry, TimePoint now) {
    leave_flight(entry);
    clear_suspicion(entry);
    if (entry.ticket.retry == Retry::by_owner) {
        entry.state = State::parked;
        reports_.push_back({.sequence = sequence, .fate = Fate::nacked});
    } else {
        if (entry.refusals == 0) rejections_.push_back({.sequence = sequence});
        const unsigned doublings = std::min<unsigned>(entry.refusals, max_doublings);
        if (entry.refusals < max_doublings) ++entry.refusals;
        entry.state = State::retrying;
        entry.due = now + options_.retry_delay * (1u << doublings);
        retries_.emplace(entry.due, sequence);
    }
}

void Outbox::connection_lost() {
    tags_.clear();
    first_tag_ = 1;
    in_flight_ = 0;
    due_.clear();
    retries_.clear();
    cursor_ = first_;
    for_each([this](Sequence sequence, Entry& entry) {
        const bool was_under_way =
            entry.state == State::in_flight || entry.state == State::retrying;
        if (was_under_way && entry.ticket.retry == Retry::by_owner) {
            entry.state = State::parked;
            reports_.push_back({.sequence = sequence, .fate = Fate::lost});
        } else if (was_under_way) {
            entry.state = State::waiting;
        }
        if (entry.is_straggler && entry.state == State::waiting) due_.push_back(sequence);
    });
}

std::optional<Sequence> Outbox::channel_refused() {
    std::optional<Sequence> culprit;
    for_each([&](Sequence sequence, Entry& entry) {
        if (entry.state != State::in_flight) return;
        if (entry.is_suspect && in_flight_ == 1) {
            culprit = sequence;
        } else if (!entry.is_suspect) {
            entry.is_suspect = true;
            ++suspects_;
        }
    });
    if (culprit) refuse(*culprit, *find(*culprit));
    connection_lost();
    return culprit;
}

void Outbox::refuse_unsent(Sequence sequence) {
    tags_.pop_back();
    refuse(sequence, *find(sequence));
}

void Outbox::refuse(Sequence sequence, Entry& entry) {
    leave_flight(entry);
    if (entry.refusals > 0) rejections_.push_back({.sequence = sequence, .is_over = true});
    clear_suspicion(entry);
    entry.state = State::parked;
    entry.is_returned = true;
    entry.is_confirmed = true;
    if (entry.ticket.retry == Retry::by_owner) {
        reports_.push_back({.sequence = sequence, .fate = Fate::refused});
    }
}

void Outbox::retry_due(TimePoint now, bool all) {
    while (!retries_.empty() && (all || retries_.begin()->first <= now)) {
        const auto [due, sequence] = *retries_.begin();
        retries_.erase(retries_.begin());
        Entry* entry = find(sequence);
        if (entry != nullptr && entry->state == State::retrying && entry->due == due) {
            wait_again(sequence, *entry);
        }
    }
}

std::optional<TimePoint> Outbox::next_retry() const {
    if (retries_.empty()) return std::nullopt;
    return retries_.begin()->first;
}

void Outbox::resend(Sequence sequence) {
    Entry* entry = find(sequence);
    if (entry == nullptr || entry->state == State::settled) return;
    leave_flight(*entry);
    entry->is_returned = entry->is_confirmed = false;
    wait_again(sequence, *entry);
}

void Outbox::abandon(Sequence sequence) {
    Entry* entry = find(sequence);
    if (entry == nullptr || entry->state == State::settled) return;
    leave_flight(*entry);
    settle(*entry);
    release_settled();
}

std::optional<Sequence> Outbox::returned(std::uint64_t key) {
    for (auto& [sequence, entry] : stragglers_) {
        if (!may_come_back(entry, key)) continue;
        entry.is_returned = true;
        return sequence;
    }
    // They come back in the order of sending.
    const std::size_t size = entries_.size();
    const std::size_t start = returned_last_ < first_ ? 0 : returned_last_ + 1 - first_;
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t place = (start + i) % size;
        Entry& entry = entries_[place];
        if (!may_come_back(entry, key)) continue;
        entry.is_returned = true;
        returned_last_ = first_ + place;
        return returned_last_;
    }
    return std::nullopt;
}

bool Outbox::may_come_back(const Entry& entry, std::uint64_t key) {
    return entry.ticket.key == key && entry.state == State::in_flight && !entry.is_returned;
}

void Outbox::returned_handled(Sequence sequence) {
    Entry* entry = find(sequence);
    if (entry == nullptr || entry->state == State::settled) return;
    entry->is_returned = false;
    if (entry->is_confirmed) settle(*entry);
    release_settled();
}

std::optional<Outbox::Range> Outbox::bytes_of(Sequence sequence) const {
    const Entry* entry = find(sequence);
    if (entry == nullptr || entry->state == State::settled) return std::nullopt;
    return Range{.sequence = sequence,
                 .segment = segments_[entry->segment - first_segment_].buffer,
                 .offset = entry->offset,
                 .length = entry->length};
}

bool Outbox::is_settled(Sequence sequence) const {
    const Entry* entry = find(sequence);
    return entry == nullptr ? sequence < first_ : entry->state == State::settled;
}

Outbox::Entry* Outbox::find(Sequence sequence) {
    if (sequence >= first_) {
        return sequence - first_ < entries_.size() ? &entries_[sequence - first_] : nullptr;
    }
    const auto straggler = stragglers_.find(sequence);
    return straggler == stragglers_.end() ? nullptr : &straggler->second;
}

const Outbox::Entry* Outbox::find(Sequence sequence) const {
    return const_cast<Outbox*>(this)->find(sequence);
}

template <typename Do>
void Outbox::for_each(Do&& what) {
    for (auto& [sequence, entry] : stragglers_) what(sequence, entry);
    for (std::size_t i = 0; i < entries_.size(); ++i) what(first_ + i, entries_[i]);
}

const Outbox::Entry* Outbox::find_waiting() const {
    cursor_ = std::max(cursor_, first_);
    for (const Entry* entry = find(cursor_); entry != nullptr; entry = find(++cursor_)) {
        if (entry->state == State::waiting) return entry;
    }
    return nullptr;
}

void Outbox::wait_again(Sequence sequence, Entry& entry) {
    entry.state = State::waiting;
    due_.push_back(sequence);
}

void Outbox::leave_flight(Entry& entry) {
    if (entry.state == State::in_flight) --in_flight_;
}

void Outbox::clear_suspicion(Entry& entry) {
    if (!entry.is_suspect) return;
    entry.is_suspect = false;
    --suspects_;
}

void Outbox::settle(Entry& entry) {
    entry.state = State::settled;
    clear_suspicion(entry);
    --unsettled_;
    ++settled_;
    if (entry.is_straggler) may_erase_stragglers_ = true;
    if (--segments_[entry.segment - first_segment_].unsettled == 0) may_release_ = true;
}

void Outbox::release_settled() {
    const auto pop_settled = [this] {
        while (!entries_.empty() && entries_.front().state == State::settled) {
            entries_.pop_front();
            ++first_;
        }
    };
    pop_settled();
    if (std::exchange(may_erase_stragglers_, false)) {
        std::erase_if(stragglers_,
                      [](const auto& each) { return each.second.state == State::settled; });
    }
    const std::size_t unsettled_entries = unsettled_ - stragglers_.size();
    if (entries_.size() >= min_entries_to_thin_out &&
        entries_.size() >= unsettled_entries * settled_per_straggler) {
        set_stragglers_apart();
        pop_settled();
    }
    if (std::exchange(may_release_, false)) release_segments();
}

// One message that is refused for hours must not keep the places of all that came after it.
void Outbox::set_stragglers_apart() {
    for (std::size_t count = entries_.size() / 2; count > 0; --count) {
        Entry& entry = entries_.front();
        if (entry.state != State::settled) {
            entry.is_straggler = true;
            if (entry.state == State::waiting) due_.push_back(first_);
            stragglers_.emplace(first_, entry);
        }
        entries_.pop_front();
        ++first_;
    }
}

void Outbox::release_segments() {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        SegmentSlot& slot = segments_[i];
        if (!slot.buffer || slot.unsettled > 0) continue;
        // The last one may still be filled, unless it was made to measure.
        const bool may_be_filled = slot.buffer->frames.capacity() == Intake::segment_bytes;
        const bool is_last = i + 1 == segments_.size();
        if (is_last && may_be_filled) continue;
        released_.push_back(std::exchange(slot.buffer, nullptr));
    }
    while (segments_.size() > 1 && !segments_.front().buffer) {
        segments_.pop_front();
        ++first_segment_;
    }
}

}  // namespace eventail::bus
