// What is published and not yet confirmed: outlives connections and runs. Decides what is sent
// next, what a confirm means, and what goes out again. Knows frames only as bytes. (protocol.md,
// "Acknowledgement")
#pragma once

#include "base/time.hpp"
#include "bus/intake.hpp"
#include "bus/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace eventail::bus {

struct OutboxOptions {
    Duration retry_delay = std::chrono::seconds{15};  ///< after a nack; doubles, up to 8 times this
};

class Outbox {
public:
    /// Messages to send, one or several in a row: a range of a segment.
    struct Range {
        Sequence sequence = 0;  ///< of the first
        SharedSegment segment = {};
        std::size_t offset = 0;
        std::size_t length = 0;
    };

    /// What became of a message whose owner decides about retries.
    enum class Fate : std::uint8_t {
        confirmed,
        unroutable,  ///< mandatory, and it came back
        nacked,
        lost,    ///< with the connection
        refused  ///< the broker closed the channel because of it
    };
    struct Report {
        Sequence sequence = 0;
        Fate fate = Fate::confirmed;
    };

    explicit Outbox(OutboxOptions options) : options_(options) {}

    /// Takes what the intake gathered, in order.
    void absorb(const std::vector<Accepted>& messages);

    // ---- Sending, on the confirming channel of one connection

    /// Hands out the next message to send, which gets the next delivery tag of the channel, and
    /// with it those that follow it in its segment, up to `max_bytes` in all. None: nothing is due,
    /// or a suspect is under way (see channel_refused).
    std::optional<Range> next(std::size_t max_bytes = 0);

    /// The broker's answer. Tags unknown or answered already are ignored.
    void confirm(std::uint64_t tag, bool multiple, bool is_ack, TimePoint now);

    /// The connection or its channel is gone: what was under way waits again, in order, before
    /// anything newer, retries included; tags start over.
    void connection_lost();

    /// The broker closed the channel because of a message: from now on what was under way goes out
    /// one at a time.
    /// @return the culprit, once that has told: it is not sent again; end it with
    /// returned_handled()
    std::optional<Sequence> channel_refused();

    /// The message that next() handed out last cannot be sent at all: as if the broker had refused
    /// it.
    void refuse_unsent(Sequence sequence);

    // ---- Retries

    /// Retries that are due, or, with `all`, every one, go out next.
    void retry_due(TimePoint now, bool all = false);
    std::optional<TimePoint> next_retry() const;

    /// For messages retried by their owner: send again, or forget. A message that is confirmed
    /// already is left alone.
    void resend(Sequence sequence);
    void abandon(Sequence sequence);
    std::vector<Report>& reports() { return reports_; }
    /// Of messages retried by us: nacked for the first time, or settled after all; to be taken.
    struct Rejection {
        Sequence sequence = 0;
        bool is_over = false;
    };
    std::vector<Rejection>& rejections() { return rejections_; }

    // ---- Messages that come back

    /// A mandatory message came back: its confirm counts only after returned_handled(). Of several
    /// with this key it is the one that was accepted first, and has not come back yet.
    /// @return none if no message under way has this key
    std::optional<Sequence> returned(std::uint64_t key);
    void returned_handled(Sequence sequence);
    /// A message that is not settled.
    std::optional<Range> bytes_of(Sequence sequence) const;

    // ---- How it stands

    /// Whether the message is confirmed, or given up in a way that has been reported.
    bool is_settled(Sequence sequence) const;

    std::size_t unsettled() const { return unsettled_; }
    /// How many have been settled so far: while it stays, no message became so.
    std::uint64_t settled() const { return settled_; }
    /// Messages the confirm of which is outstanding on the present channel.
    std::size_t in_flight() const { return in_flight_; }
    std::uint64_t resent() const { return resent_; }

    /// Segments that are done with, for Intake::release().
    std::vector<SharedSegment>& released() { return released_; }
    bool has_released() const { return !released_.empty(); }

private:
    enum class State : std::uint8_t { waiting, in_flight, retrying, parked, settled };

    struct Entry {
        std::uint64_t segment = 0;  // absolute index into segments_
        std::size_t offset = 0;
        std::size_t length = 0;
        Ticket ticket = {};
        State state = State::waiting;
        std::uint8_t refusals = 0;
        bool was_sent = false;
        bool is_suspect = false;
        bool is_returned = false;   // its handler has not ended
        bool is_confirmed = false;  // but still returned
        bool is_straggler = false;
        TimePoint due = {};
    };

    struct SegmentSlot {
        SharedSegment buffer = {};  // none: released
        std::size_t unsettled = 0;
    };

    Entry* find(Sequence sequence);
    const Entry* find(Sequence sequence) const;
    const Entry* find_waiting() const;
    template <typename Do>
    void for_each(Do&& what);
    void confirm_one(std::uint64_t tag, bool is_ack, TimePoint now);
    void acked(Sequence sequence, Entry& entry);
    void nacked(Sequence sequence, Entry& entry, TimePoint now);
    void refuse(Sequence sequence, Entry& entry);
    void settle(Entry& entry);
    void wait_again(Sequence sequence, Entry& entry);
    void leave_flight(Entry& entry);
    static bool may_come_back(const Entry& entry, std::uint64_t key);
    void clear_suspicion(Entry& entry);
    void release_settled();
    void set_stragglers_apart();
    void release_segments();
    Range hand_out(Sequence sequence, Entry& entry);
    void extend(Range& range, std::size_t max_bytes);
    void put_in_flight(Sequence sequence, Entry& entry);

    OutboxOptions options_;
    Ring<Entry> entries_;  // entries_[i] has sequence first_ + i
    Sequence first_ = 1;
    // Older than first_: the few, among many that are settled, that a broker refuses for long. They
    // go out by due_ only.
    std::map<Sequence, Entry> stragglers_;
    bool may_erase_stragglers_ = false;
    mutable Sequence cursor_ = 1;  // nothing from first_ to below it waits, but what is due
    std::deque<Sequence> due_;     // waits, and goes out before what the cursor finds
    Sequence returned_last_ = 0;   // the next one to come back was most likely sent after it
    Ring<SegmentSlot> segments_;
    std::uint64_t first_segment_ = 0;
    Ring<Sequence> tags_;  // tags_[i] is the message with delivery tag first_tag_ + i; 0: answered
    std::uint64_t first_tag_ = 1;
    std::size_t unsettled_ = 0;
    std::uint64_t settled_ = 0;
    std::size_t in_flight_ = 0;
    // May name messages that wait no more: their state and time tell.
    std::multimap<TimePoint, Sequence> retries_;
    std::size_t suspects_ = 0;
    std::uint64_t resent_ = 0;
    bool may_release_ = false;
    std::vector<Report> reports_;
    std::vector<Rejection> rejections_;
    std::vector<SharedSegment> released_;
};

}  // namespace eventail::bus
