// The entrance for messages: encoded frames from any thread, in the order of acceptance, until the
// driver moves them to the outbox. Bounds memory. Callers synchronise (the shell's publishing
// lock); publishers never touch the outbox, which is the driver's.
#pragma once

#include "wire/buffer.hpp"
#include <eventail/payload.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace eventail::bus {

/// Counts accepted messages from 1, across connections and runs.
using Sequence = std::uint64_t;
/// Names a delivery for the life of the service; 0: none. Delivery tags start again with each
/// channel; tokens go on.
using DeliveryToken = std::uint64_t;

/// Encoded frames, kept until all messages in them are settled. Handed-out bytes never move.
struct Segment {
    wire::Buffer frames = {};
    /// Content kept separate and unchanged. It belongs to the only message here, whose `frames`
    /// come before it.
    std::optional<Payload> body = {};

    /// The memory that it holds.
    std::size_t held_bytes() const;
};
using SharedSegment = std::shared_ptr<Segment>;

/// Decides about another try.
enum class Retry : std::uint8_t {
    automatic,  ///< the outbox retries until the message is confirmed
    by_owner    ///< the publisher decides: parked after each failure, until resend() or abandon()
};

/// Further data of a message, besides its bytes.
struct Ticket {
    std::uint64_t key = 0;  ///< of its message id, to recognise the message when it comes back
    Retry retry = Retry::automatic;
};

/// A message in a segment. Where a new segment begins, `segment` is set.
struct Accepted {
    SharedSegment segment = {};
    std::size_t offset = 0;
    std::size_t length = 0;
    Ticket ticket = {};
};

/// A manual acknowledgement and the messages accepted before it. Or, with several handlers at once,
/// the end of a handler that leaves it to a manual acknowledgement: both come in one order.
struct ManualSettlement {
    DeliveryToken token = 0;
    bool is_ack = true;
    bool requeue = false;
    bool multiple = false;
    bool is_hold = false;          ///< its handler has ended, but nothing is settled yet
    Sequence accepted_before = 0;  ///< waits only for messages older than this
};

class Intake {
public:
    static constexpr std::size_t segment_bytes = 64 * 1024;

    struct Limits {
        std::size_t max_bytes = 64u << 20;
        std::size_t max_log_bytes = 1u << 20;
    };

    /// Everything gathered since the last take(). The caller reuses it, so that nothing is
    /// allocated.
    struct Batch {
        std::vector<Accepted> messages = {};
        std::vector<ManualSettlement> settlements = {};
        wire::Buffer logs = {};  ///< whole log messages
        void clear();
    };

    explicit Intake(Limits limits) : limits_(limits) {}

    /// Whether a message of `length` bytes would be accepted now. Any size is accepted while only
    /// the current segment is held: such a message may exceed small bounds.
    bool has_room(std::size_t length) const;

    /// Accepts a message. Returns where its frames, `length` bytes, belong; write them before the
    /// next call by anyone. They go into the current segment, or, above a quarter of a segment,
    /// into their own. There must be room.
    [[nodiscard]] std::byte* append(std::size_t length, const Ticket& ticket);
    /// The same for a message whose body stays as it is; `length` bytes precede it.
    [[nodiscard]] std::byte* append(std::size_t length, Payload body, const Ticket& ticket);
    /// Accepts encoded frames. @return their sequence
    Sequence append(wire::Bytes frames, const Ticket& ticket);

    /// Accepts a log message. @return false: it is dropped for lack of room
    bool append_log(wire::Bytes frames);

    void settle(const ManualSettlement& settlement) { batch_.settlements.push_back(settlement); }

    /// The sequence of the next message.
    Sequence next_sequence() const { return next_sequence_; }
    bool has_any() const {
        return !batch_.messages.empty() || !batch_.settlements.empty() || !batch_.logs.empty();
    }

    /// Swaps the gathered messages with `batch`, which must be empty.
    void take(Batch& batch);

    /// Releases a segment: its bytes no longer count, and a segment of the usual size is reused. It
    /// must be full, or a later one must have begun.
    void release(SharedSegment segment);

    std::size_t held_bytes() const { return held_bytes_; }

private:
    /// `fresh`: a new segment, if the message begins one.
    std::byte* accept(std::size_t length, SharedSegment fresh, const Ticket& ticket);
    SharedSegment new_segment(std::size_t capacity);

    Limits limits_;
    Batch batch_;
    SharedSegment current_;
    std::vector<SharedSegment> spares_;
    std::size_t held_bytes_ = 0;
    Sequence next_sequence_ = 1;
};

}  // namespace eventail::bus
