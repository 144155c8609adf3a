// Where messages enter: encoded frames of any thread, in the order of acceptance, until the driver
// takes them into the outbox. Bounds memory. Callers synchronise (the shell's publishing lock); the
// driver's side, the outbox, is never touched by publishers.
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
/// Names a delivery for the life of the service; 0: none. Delivery tags start anew with each
/// channel; tokens go on.
using DeliveryToken = std::uint64_t;

/// Encoded frames, kept until all messages in it are settled. What was handed out never moves.
struct Segment {
    wire::Buffer frames = {};
    /// Content that is kept apart, as it is: of the only message here, whose `frames` are those
    /// before it.
    std::optional<Payload> body = {};

    /// The memory that it takes.
    std::size_t held_bytes() const;
};
using SharedSegment = std::shared_ptr<Segment>;

/// Who decides about another try.
enum class Retry : std::uint8_t {
    automatic,  ///< the outbox: until it is confirmed
    by_owner    ///< whoever published: parked after each failure, until resend() or abandon()
};

/// What belongs to one message besides its bytes.
struct Ticket {
    std::uint64_t key = 0;  ///< of its message id, to find it when it comes back
    Retry retry = Retry::automatic;
};

/// A message in a segment. `segment` is set where a new segment begins.
struct Accepted {
    SharedSegment segment = {};
    std::size_t offset = 0;
    std::size_t length = 0;
    Ticket ticket = {};
};

/// A manual acknowledgement, with the messages accepted before it. Or what comes before one: with
/// several handlers at once, the ends of those that leave it to one are told in the same order.
struct ManualSettlement {
    DeliveryToken token = 0;
    bool is_ack = true;
    bool requeue = false;
    bool multiple = false;
    bool is_hold = false;          ///< its handler has ended, and nothing is settled yet
    Sequence accepted_before = 0;  ///< every message it waits for is older
};

class Intake {
public:
    static constexpr std::size_t segment_bytes = 64 * 1024;

    struct Limits {
        std::size_t max_bytes = 64u << 20;
        std::size_t max_log_bytes = 1u << 20;
    };

    /// What gathered since the last take(). Reused by the caller, so that nothing is allocated.
    struct Batch {
        std::vector<Accepted> messages = {};
        std::vector<ManualSettlement> settlements = {};
        wire::Buffer logs = {};  ///< whole log messages
        void clear();
    };

    explicit Intake(Limits limits) : limits_(limits) {}

    /// Whether a message of `length` bytes would be accepted now. It always is, however large, as
    /// long as no segment but the current one is held: so small bounds are exceeded by that one.
    bool has_room(std::size_t length) const;

    /// Accepts a message. Its frames, `length` bytes, are to be written where this says, before
    /// anybody else calls: into the current segment, or, above a quarter of a segment, into one of
    /// their own. There must be room.
    [[nodiscard]] std::byte* append(std::size_t length, const Ticket& ticket);
    /// The same for a message whose body is kept as it is; `length` bytes come before it.
    [[nodiscard]] std::byte* append(std::size_t length, Payload body, const Ticket& ticket);
    /// Accepts frames that are encoded already. @return their sequence
    Sequence append(wire::Bytes frames, const Ticket& ticket);

    /// Accepts a log message. @return false: no room, it is dropped
    bool append_log(wire::Bytes frames);

    void settle(const ManualSettlement& settlement) { batch_.settlements.push_back(settlement); }

    /// The sequence that the next message will get.
    Sequence next_sequence() const { return next_sequence_; }
    bool has_any() const {
        return !batch_.messages.empty() || !batch_.settlements.empty() || !batch_.logs.empty();
    }

    /// Swaps what gathered into `batch`, which must be clear.
    void take(Batch& batch);

    /// A segment is done with: its bytes count no more; those of the usual size are used again. It
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
