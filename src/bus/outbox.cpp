#include "bus/outbox.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace eventail::bus {
namespace {

constexpr unsigned max_doublings = 3;

}  // namespace

void Outbox::absorb(const std::vector<Accepted>& messages) {
    store_.add(messages);
    store_.let_go();
    if (!store_.is_mostly_settled()) return;
    // The cursor does not reach their new place.
    for (const Sequence sequence : store_.set_stragglers_apart()) due_.push_back(sequence);
    store_.let_go();
}

// ---- Sending

std::optional<FrameRange> Outbox::next(std::size_t max_bytes) {
    if (suspects_ > 0 && in_flight_ > 0) return std::nullopt;
    while (!due_.empty()) {
        const Sequence sequence = due_.front();
        due_.pop_front();
        Entry* entry = store_.find(sequence);
        if (entry != nullptr && entry->state == State::waiting) return hand_out(sequence, *entry);
    }
    if (!finds_waiting()) return std::nullopt;
    const Sequence sequence = cursor_++;
    FrameRange range = hand_out(sequence, store_[sequence]);
    if (suspects_ == 0) extend(range, max_bytes);
    return range;
}

// Moves the cursor to the next waiting message.
bool Outbox::finds_waiting() {
    cursor_ = std::max(cursor_, store_.begin());
    while (cursor_ < store_.end() && store_[cursor_].state != State::waiting) ++cursor_;
    return cursor_ < store_.end();
}

// Adds the messages accepted right after it, so that one range usually covers all gathered ones.
void Outbox::extend(FrameRange& range, std::size_t max_bytes) {
    const std::uint64_t segment = store_[range.sequence].segment;
    for (; cursor_ < store_.end(); ++cursor_) {
        Entry& entry = store_[cursor_];
        const bool follows = entry.state == State::waiting && entry.segment == segment &&
                             entry.offset == range.offset + range.length;
        if (!follows || range.length + entry.length > max_bytes) return;
        range.length += entry.length;
        put_in_flight(cursor_, entry);
    }
}

FrameRange Outbox::hand_out(Sequence sequence, Entry& entry) {
    put_in_flight(sequence, entry);
    return store_.range_of(sequence, entry);
}

void Outbox::put_in_flight(Sequence sequence, Entry& entry) {
    EVENTAIL_ASSERT(entry.state == State::waiting, "only a message that waits is sent");
    if (std::exchange(entry.was_sent, true)) ++resent_;
    entry.state = State::in_flight;
    ++in_flight_;
    tags_.push_back(sequence);
}

void Outbox::leave_flight(Entry& entry) {
    if (entry.state != State::in_flight) return;
    EVENTAIL_ASSERT(in_flight_ > 0, "what is under way was counted");
    --in_flight_;
}

void Outbox::wait_again(Sequence sequence, Entry& entry) {
    EVENTAIL_ASSERT(entry.state != State::settled, "a settled message does not go out again");
    entry.state = State::waiting;
    due_.push_back(sequence);
}

// ---- Confirms

void Outbox::confirm(std::uint64_t tag, bool multiple, bool is_ack, TimePoint now) {
    const std::uint64_t end = first_tag_ + tags_.size();
    EVENTAIL_ASSERT(in_flight_ <= tags_.size(), "what is under way has a tag");
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
    store_.let_go();
}

void Outbox::confirm_one(std::uint64_t tag, bool is_ack, TimePoint now) {
    if (tag < first_tag_) return;
    const Sequence sequence = std::exchange(tags_[tag - first_tag_], 0);
    Entry* entry = store_.find(sequence);
    if (sequence == 0 || entry == nullptr || entry->state == State::settled) return;
    if (is_ack) {
        acked(sequence, *entry);
    } else if (entry->state == State::in_flight) {
        nacked(sequence, *entry, now);
    }
}

void Outbox::acked(Sequence sequence, Entry& entry) {
    leave_flight(entry);
    if (entry.nacks > 0) rejections_.push_back({.sequence = sequence, .is_over = true});
    if (entry.ticket.retry == Retry::by_owner) {
        const Fate fate = entry.is_returned ? Fate::unroutable : Fate::confirmed;
        reports_.push_back({.sequence = sequence, .fate = fate});
        settle(sequence, entry);
    } else if (entry.is_returned) {
        entry.state = State::confirmed;
    } else {
        settle(sequence, entry);
    }
}

void Outbox::nacked(Sequence sequence, Entry& entry, TimePoint now) {
    leave_flight(entry);
    clear_suspicion(entry);
    if (entry.ticket.retry == Retry::by_owner) {
        entry.state = State::parked;
        reports_.push_back({.sequence = sequence, .fate = Fate::nacked});
    } else {
        EVENTAIL_ASSERT(!entry.is_suspect, "a nacked message is cleared of suspicion");
        if (entry.nacks == 0) rejections_.push_back({.sequence = sequence});
        const unsigned doublings = std::min<unsigned>(entry.nacks, max_doublings);
        if (entry.nacks < max_doublings) ++entry.nacks;
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
    cursor_ = store_.begin();
    store_.for_each([this](Sequence sequence, Entry& entry) {
        const bool was_under_way =
            entry.state == State::in_flight || entry.state == State::retrying;
        if (was_under_way && entry.ticket.retry == Retry::by_owner) {
            entry.state = State::parked;
            reports_.push_back({.sequence = sequence, .fate = Fate::lost});
        } else if (was_under_way) {
            entry.state = State::waiting;
        }
        const bool is_straggler = sequence < cursor_;
        if (is_straggler && entry.state == State::waiting) due_.push_back(sequence);
    });
}

std::optional<Sequence> Outbox::channel_refused() {
    std::optional<Sequence> culprit;
    store_.for_each([&](Sequence sequence, Entry& entry) {
        if (entry.state != State::in_flight) return;
        if (entry.is_suspect && in_flight_ == 1) {
            culprit = sequence;
        } else if (!entry.is_suspect) {
            entry.is_suspect = true;
            ++suspects_;
        }
    });
    EVENTAIL_ASSERT(!culprit || in_flight_ == 1, "a suspect is under way alone");
    if (culprit) refuse(*culprit, *store_.find(*culprit));
    connection_lost();
    return culprit;
}

void Outbox::refuse_unsent(Sequence sequence) {
    EVENTAIL_ASSERT(!tags_.empty() && tags_.back() == sequence,
                    "what cannot be sent was handed out last");
    tags_.pop_back();
    refuse(sequence, *store_.find(sequence));
}

void Outbox::refuse(Sequence sequence, Entry& entry) {
    EVENTAIL_ASSERT(entry.state == State::in_flight, "the broker refuses only what was sent");
    leave_flight(entry);
    if (entry.nacks > 0) rejections_.push_back({.sequence = sequence, .is_over = true});
    clear_suspicion(entry);
    entry.state = State::refused;
    if (entry.ticket.retry == Retry::by_owner) {
        reports_.push_back({.sequence = sequence, .fate = Fate::refused});
    }
}

void Outbox::retry_due(TimePoint now, bool all) {
    while (!retries_.empty() && (all || retries_.begin()->first <= now)) {
        const auto [due, sequence] = *retries_.begin();
        retries_.erase(retries_.begin());
        EVENTAIL_ASSERT(sequence < store_.end(), "only accepted messages are retried");
        Entry* entry = store_.find(sequence);
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
    Entry* entry = store_.find(sequence);
    if (entry == nullptr || entry->state == State::settled) return;
    leave_flight(*entry);
    entry->is_returned = false;
    wait_again(sequence, *entry);
}

void Outbox::abandon(Sequence sequence) {
    Entry* entry = store_.find(sequence);
    if (entry == nullptr || entry->state == State::settled) return;
    leave_flight(*entry);
    settle(sequence, *entry);
    store_.let_go();
}

std::optional<Sequence> Outbox::returned(std::uint64_t key) {
    for (auto& [sequence, entry] : store_.stragglers()) {
        if (!may_come_back(entry, key)) continue;
        entry.is_returned = true;
        return sequence;
    }
    // They usually come back in the order of sending.
    const std::size_t size = store_.end() - store_.begin();
    const std::size_t start =
        returned_last_ < store_.begin() ? 0 : returned_last_ + 1 - store_.begin();
    for (std::size_t i = 0; i < size; ++i) {
        const Sequence sequence = store_.begin() + (start + i) % size;
        Entry& entry = store_[sequence];
        if (!may_come_back(entry, key)) continue;
        entry.is_returned = true;
        returned_last_ = sequence;
        return sequence;
    }
    return std::nullopt;
}

bool Outbox::may_come_back(const Entry& entry, std::uint64_t key) {
    return entry.ticket.key == key && entry.state == State::in_flight && !entry.is_returned;
}

void Outbox::returned_handled(Sequence sequence) {
    Entry* entry = store_.find(sequence);
    if (entry == nullptr || entry->state == State::settled) return;
    entry->is_returned = false;
    if (entry->state != State::confirmed && entry->state != State::refused) return;
    settle(sequence, *entry);
    store_.let_go();
}

std::optional<FrameRange> Outbox::bytes_of(Sequence sequence) const {
    const Entry* entry = store_.find(sequence);
    if (entry == nullptr || entry->state == State::settled) return std::nullopt;
    return store_.range_of(sequence, *entry);
}

void Outbox::clear_suspicion(Entry& entry) {
    if (!entry.is_suspect) return;
    EVENTAIL_ASSERT(suspects_ > 0, "suspects were counted");
    entry.is_suspect = false;
    --suspects_;
}

void Outbox::settle(Sequence sequence, Entry& entry) {
    clear_suspicion(entry);
    store_.settle(sequence, entry);
}

bool Outbox::is_consistent() const {
    std::set<Sequence> tagged;
    for (std::size_t i = 0; i < tags_.size(); ++i) tagged.insert(tags_[i]);
    const std::set<Sequence> due(due_.begin(), due_.end());
    std::set<std::pair<TimePoint, Sequence>> retries;
    for (const auto& each : retries_) retries.insert(each);
    std::size_t in_flight = 0;
    std::size_t suspects = 0;
    bool is_right = true;
    store_.for_each([&](Sequence sequence, const Entry& entry) {
        const bool is_owned = entry.ticket.retry == Retry::by_owner;
        const bool comes_by = sequence >= std::max(cursor_, store_.begin());
        bool is_reached = true;
        switch (entry.state) {
            case State::waiting: is_reached = comes_by || due.contains(sequence); break;
            case State::in_flight: is_reached = tagged.contains(sequence); break;
            case State::retrying:
                is_reached = !is_owned && retries.contains({entry.due, sequence});
                break;
            case State::parked: is_reached = is_owned; break;
            case State::confirmed: is_reached = !is_owned && entry.is_returned; break;
            case State::refused:
            case State::settled: break;
        }
        is_right =
            is_right && is_reached &&
            (entry.was_sent || entry.state == State::waiting || entry.state == State::settled);
        in_flight += entry.state == State::in_flight;
        suspects += entry.is_suspect;
    });
    return is_right && in_flight == in_flight_ && suspects == suspects_ && store_.is_consistent();
}

}  // namespace eventail::bus
