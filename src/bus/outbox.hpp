// Published messages that are not yet confirmed, across connections and runs. Decides which one to
// send next, what a confirm means, and which ones to resend; OutboxStore keeps the messages. Treats
// frames as plain bytes. (protocol.md, "Acknowledgement")
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
    /// The fate of a message whose owner decides about retries.
    enum class Fate : std::uint8_t {
        confirmed,
        unroutable,  ///< mandatory, and returned
        nacked,
        lost,    ///< with the connection
        refused  ///< the broker closed the channel because of it
    };
    struct Report {
        Sequence sequence = 0;
        Fate fate = Fate::confirmed;
    };

    explicit Outbox(OutboxOptions options) : options_(options) {}

    /// Takes the messages gathered by the intake, in order.
    void absorb(const std::vector<Accepted>& messages);

    // ---- Sending, on the channel with confirms of one connection

    /// The next message to send, which gets the channel's next delivery tag, with its successors in
    /// the same segment, up to `max_bytes` in all. Nothing: none is due, or a suspect is under way
    /// (see channel_refused).
    std::optional<FrameRange> next(std::size_t max_bytes = 0);

    /// The broker's answer. Ignores unknown tags, and tags already answered.
    void confirm(std::uint64_t tag, bool multiple, bool is_ack, TimePoint now);

    /// The connection or its channel is gone: messages under way wait again, in order, before
    /// anything newer, retries included. Tags start over.
    void connection_lost();

    /// The broker closed the channel because of a message: from now on, messages that were under
    /// way go out one at a time. @return the culprit, once found: it is not sent again; end it with
    /// returned_handled()
    std::optional<Sequence> channel_refused();

    /// The message from the last next() cannot be sent at all: treats it as refused by the broker.
    void refuse_unsent(Sequence sequence);

    // ---- Retries

    /// Retries that are due, or with `all` every retry, go out next.
    void retry_due(TimePoint now, bool all = false);
    std::optional<TimePoint> next_retry() const;

    /// For messages retried by their owner: sends again, or forgets. Ignores a confirmed message.
    void resend(Sequence sequence);
    void abandon(Sequence sequence);
    std::vector<Report>& reports() { return reports_; }
    /// A message retried by us was nacked for the first time, or settled after all; taken by the
    /// caller.
    struct Rejection {
        Sequence sequence = 0;
        bool is_over = false;
    };
    std::vector<Rejection>& rejections() { return rejections_; }

    // ---- Messages that come back

    /// A mandatory message came back: its confirm counts only after returned_handled(). Among
    /// several with this key, it is the oldest that has not come back yet. @return nothing if no
    /// message under way has this key
    std::optional<Sequence> returned(std::uint64_t key);
    void returned_handled(Sequence sequence);
    /// The frames of a message that is not settled.
    std::optional<FrameRange> bytes_of(Sequence sequence) const;

    // ---- Status

    /// Whether the message is confirmed, or abandoned in a way that has been reported.
    bool is_settled(Sequence sequence) const { return store_.is_settled(sequence); }

    std::size_t unsettled() const { return store_.unsettled(); }
    /// How many have been settled so far: while this stays equal, no message became settled.
    std::uint64_t settled() const { return store_.settled(); }
    /// Messages with an outstanding confirm on the present channel.
    std::size_t in_flight() const { return in_flight_; }
    std::uint64_t resent() const { return resent_; }

    /// Released segments, for Intake::release().
    std::vector<SharedSegment>& released() { return store_.released(); }
    bool has_released() const { return !store_.released().empty(); }

    /// Its counts, tags and lists agree with the states of the messages. For the simulation.
    bool is_consistent() const;

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
    Sequence cursor_ = 1;  // below it, the store's row holds no waiting message except due ones
    std::deque<Sequence> due_;    // go out before the messages that the cursor finds
    Sequence returned_last_ = 0;  // the next one to come back was probably sent after it
    Ring<Sequence> tags_;  // tags_[i] is the message with delivery tag first_tag_ + i; 0: answered
    std::uint64_t first_tag_ = 1;
    std::size_t in_flight_ = 0;
    // May name messages that no longer wait: check their state and time.
    std::multimap<TimePoint, Sequence> retries_;
    std::size_t suspects_ = 0;
    std::uint64_t resent_ = 0;
    std::vector<Report> reports_;
    std::vector<Rejection> rejections_;
};

}  // namespace eventail::bus
