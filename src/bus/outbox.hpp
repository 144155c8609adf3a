// What is published and not yet confirmed: outlives connections and runs. Decides what is sent
// next, what a confirm means, and what goes out again; OutboxStore keeps the messages. Knows frames
// only as bytes. (protocol.md, "Acknowledgement")
#pragma once

#include "base/time.hpp"
#include "bus/intake.hpp"
#include "bus/outbox_store.hpp"
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
    std::optional<FrameRange> next(std::size_t max_bytes = 0);

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
    std::optional<FrameRange> bytes_of(Sequence sequence) const;

    // ---- How it stands

    /// Whether the message is confirmed, or given up in a way that has been reported.
    bool is_settled(Sequence sequence) const { return store_.is_settled(sequence); }

    std::size_t unsettled() const { return store_.unsettled(); }
    /// How many have been settled so far: while it stays, no message became so.
    std::uint64_t settled() const { return store_.settled(); }
    /// Messages the confirm of which is outstanding on the present channel.
    std::size_t in_flight() const { return in_flight_; }
    std::uint64_t resent() const { return resent_; }

    /// Segments that are done with, for Intake::release().
    std::vector<SharedSegment>& released() { return store_.released(); }
    bool has_released() const { return !store_.released().empty(); }

private:
    using Entry = OutboxStore::Entry;
    using State = OutboxStore::State;

    bool finds_waiting();
    FrameRange hand_out(Sequence sequence, Entry& entry);
    void extend(FrameRange& range, std::size_t max_bytes);
    void put_in_flight(Sequence sequence, Entry& entry);
    void leave_flight(Entry& entry);
    void wait_again(Sequence sequence, Entry& entry);
    void confirm_one(std::uint64_t tag, bool is_ack, TimePoint now);
    void acked(Sequence sequence, Entry& entry);
    void nacked(Sequence sequence, Entry& entry, TimePoint now);
    void refuse(Sequence sequence, Entry& entry);
    void settle(Sequence sequence, Entry& entry);
    static bool may_come_back(const Entry& entry, std::uint64_t key);
    void clear_suspicion(Entry& entry);

    OutboxOptions options_;
    OutboxStore store_;
    Sequence cursor_ = 1;         // nothing in the row of the store waits below it, but what is due
    std::deque<Sequence> due_;    // what waits here goes out before what the cursor finds
    Sequence returned_last_ = 0;  // the next one to come back was most likely sent after it
    Ring<Sequence> tags_;  // tags_[i] is the message with delivery tag first_tag_ + i; 0: answered
    std::uint64_t first_tag_ = 1;
    std::size_t in_flight_ = 0;
    // May name messages that wait no more: their state and time tell.
    std::multimap<TimePoint, Sequence> retries_;
    std::size_t suspects_ = 0;
    std::uint64_t resent_ = 0;
    std::vector<Report> reports_;
    std::vector<Rejection> rejections_;
};

}  // namespace eventail::bus
