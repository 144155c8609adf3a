// The messages of an outbox and the segments with their frames: finds them by sequence, and frees
// them once they are settled. The outbox decides about their states.
#pragma once

#include "base/assert.hpp"
#include "base/time.hpp"
#include "bus/intake.hpp"
#include "bus/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace eventail::bus {

/// One or several consecutive messages to send: a part of a segment.
struct FrameRange {
    Sequence sequence = 0;  ///< of the first message
    SharedSegment segment = {};
    std::size_t offset = 0;
    std::size_t length = 0;
};

class OutboxStore {
public:
    enum class State : std::uint8_t {
        waiting,    ///< to be sent
        in_flight,  ///< sent on the present channel, not confirmed
        retrying,   ///< nacked; sent again when due
        parked,     ///< its try has failed, and its owner decides about another
        confirmed,  ///< had come back, and its handler has not ended
        refused,    ///< by the broker for its content, and its handler has not ended
        settled
    };

    struct Entry {
        std::uint64_t segment = 0;  // counted from the first segment ever
        std::size_t offset = 0;
        std::size_t length = 0;
        Ticket ticket = {};
        State state = State::waiting;
        std::uint8_t nacks = 0;  // as far as they lengthen pauses
        bool was_sent = false;
        bool is_suspect = false;
        bool is_returned = false;  // its handler has not ended
        TimePoint due = {};        // when to retry
    };

    /// Adds the next messages.
    void add(const std::vector<Accepted>& messages);

    /// Null: not accepted yet, or freed.
    Entry* find(Sequence sequence) {
        if (sequence < first_) return find_straggler(sequence);
        return sequence - first_ < entries_.size() ? &entries_[sequence - first_] : nullptr;
    }
    const Entry* find(Sequence sequence) const {
        return const_cast<OutboxStore*>(this)->find(sequence);
    }
    FrameRange range_of(Sequence sequence, const Entry& entry) const;

    /// The messages from begin() to end() are consecutive; all stragglers are older.
    Sequence begin() const { return first_; }
    Sequence end() const { return first_ + entries_.size(); }
    Entry& operator[](Sequence sequence) {
        EVENTAIL_ASSERT(sequence >= first_, "a message that is let go is not looked at");
        return entries_[sequence - first_];
    }
    std::map<Sequence, Entry>& stragglers() { return stragglers_; }
    template <typename Do>
    void for_each(Do&& what);
    template <typename Do>
    void for_each(Do&& what) const;

    void settle(Sequence sequence, Entry& entry);
    bool is_settled(Sequence sequence) const;
    std::size_t unsettled() const { return unsettled_; }
    /// How many have been settled so far.
    std::uint64_t settled() const { return settled_; }

    /// Frees settled things: the oldest messages of the row, stragglers, segments.
    void let_go();
    /// Whether most of a long row is settled, and kept only because of a few.
    bool is_mostly_settled() const {
        EVENTAIL_ASSERT(unsettled_ >= stragglers_.size(), "no straggler is settled and kept");
        const std::size_t unsettled_in_row = unsettled_ - stragglers_.size();
        return entries_.size() >= min_entries_to_thin_out &&
               entries_.size() >= unsettled_in_row * settled_per_straggler;
    }
    /// Makes stragglers of the unsettled messages in the older half of the row. @return these, in
    /// order
    std::vector<Sequence> set_stragglers_apart();

    /// Released segments.
    std::vector<SharedSegment>& released() { return released_; }
    const std::vector<SharedSegment>& released() const { return released_; }

    /// Its counts agree with what it holds. For the simulation.
    bool is_consistent() const;

private:
    struct SegmentSlot {
        SharedSegment buffer = {};  // null: released
        std::size_t unsettled = 0;
    };

    static constexpr std::size_t min_entries_to_thin_out = 4096;
    static constexpr std::size_t settled_per_straggler = 64;

    Entry* find_straggler(Sequence sequence);
    void let_go_of_segments();

    Ring<Entry> entries_;  // entries_[i] has sequence first_ + i
    Sequence first_ = 1;
    // The few messages, among many settled ones, that a broker refuses for long.
    std::map<Sequence, Entry> stragglers_;
    Ring<SegmentSlot> segments_;
    std::uint64_t first_segment_ = 0;
    std::size_t unsettled_ = 0;
    std::uint64_t settled_ = 0;
    bool may_erase_stragglers_ = false;
    bool may_release_ = false;
    std::vector<SharedSegment> released_;
};

template <typename Do>
void OutboxStore::for_each(Do&& what) {
    for (auto& [sequence, entry] : stragglers_) what(sequence, entry);
    for (std::size_t i = 0; i < entries_.size(); ++i) what(first_ + i, entries_[i]);
}

template <typename Do>
void OutboxStore::for_each(Do&& what) const {
    const_cast<OutboxStore*>(this)->for_each(
        [&what](Sequence sequence, const Entry& entry) { what(sequence, entry); });
}

}  // namespace eventail::bus
