// Which acknowledgement waits for which confirms. Knows every delivery of the consuming channel by
// tag and by token, decides when and how to settle each, and combines settlements. (protocol.md,
// "Acknowledgement: nothing is lost")
#pragma once

#include "bus/outbox.hpp"
#include "bus/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace eventail::bus {

/// A basic.ack, basic.nack or basic.reject to write on the consuming channel.
struct Settlement {
    /// Quorum queues count both nack and reject as a failed delivery until RabbitMQ 4.3, and from
    /// then on reject alone: so a failure is a reject, and a delivery given back is a nack.
    enum class Verb : std::uint8_t { ack, nack, reject };

    std::uint64_t delivery_tag = 0;
    Verb verb = Verb::ack;
    bool requeue = false;
    bool multiple = false;

    friend bool operator==(const Settlement&, const Settlement&) = default;
};

class Ledger {
public:
    /// Adds a delivery, which must have expected_tag(). @return its token, unique for the life of
    /// the service
    std::uint64_t delivered(std::uint64_t delivery_tag);

    /// A channel's tags are consecutive; a broker that skips one has lost count.
    std::uint64_t expected_tag() const { return first_tag_ + slots_.size(); }

    /// Its handler begins: messages accepted from `accepted` on count.
    void started(DeliveryToken token, Sequence accepted);
    /// It actually began when this much had been accepted: older messages do not count after all.
    void started_later(DeliveryToken token, Sequence accepted);
    /// Its handler succeeded: acknowledges once all messages accepted before `accepted_before` are
    /// settled.
    void ended(DeliveryToken token, Sequence accepted_before);
    /// Its handler has ended and left it to manual acknowledgement.
    void held(DeliveryToken token);
    /// Its handler, or its content, failed: returns or dead-letters it at once. Also for deliveries
    /// whose handler has not begun.
    void rejected(DeliveryToken token, bool requeue);
    /// Nobody failed: returns it at once. Also for deliveries whose handler has not begun.
    void given_back(DeliveryToken token);
    /// Applies a manual acknowledgement to its delivery, whose handler may still run, and with
    /// `multiple` to earlier held ones. Skips settled ones.
    void settle_manually(const ManualSettlement& settlement);

    /// Decides about inputs whose messages are settled by now.
    void review(const Outbox& outbox);

    /// The settlements to write now, in this order. Reuse the vector.
    void flush(std::vector<Settlement>& out);
    bool has_settlements() const { return ready_ > 0 || has_refused(); }
    bool has_refused() const { return !refused_.empty(); }
    /// Deliveries to acknowledge now.
    std::size_t ready() const { return ready_; }

    /// The channel is gone with all its deliveries: later calls with their tokens do nothing.
    void channel_lost();

    /// Deliveries with a decided acknowledgement that waits for confirms.
    std::size_t waiting() const { return waiting_.size(); }
    /// Deliveries not yet settled.
    std::size_t outstanding() const { return outstanding_; }
    bool is_outstanding(DeliveryToken token) const;

    /// The possible future of a delivery.
    enum class Standing : std::uint8_t {
        open,
        decided,  ///< by hand, or refused
        lost      ///< with its channel
    };
    Standing standing(DeliveryToken token) const;

    /// Its counts and lists agree with the states of the deliveries. For the simulation.
    bool is_consistent() const;

private:
    enum class State : std::uint8_t { queued, running, held, waiting, ready, settled };

    struct Slot {
        State state = State::queued;
        Sequence next = 0;  // everything older, back to the handler's start, is settled
        Sequence end = 0;
    };

    Slot* find(DeliveryToken token);
    const Slot* find(DeliveryToken token) const;
    std::uint64_t token_of(std::uint64_t tag) const { return token_base_ + tag; }
    void wait(DeliveryToken token, Slot& slot, Sequence end);
    void refuse(DeliveryToken token, Slot& slot, Settlement::Verb verb, bool requeue);

    Ring<Slot> slots_;  // slots_[i] has delivery tag first_tag_ + i
    std::uint64_t first_tag_ = 1;
    std::uint64_t token_base_ = 0;  // token = base + tag
    std::vector<std::uint64_t> waiting_;
    std::size_t reviewed_ = 0;        // of waiting_; reviewed when
    std::uint64_t seen_settled_ = 0;  // so many messages were settled
    std::vector<Settlement> refused_;
    std::size_t ready_ = 0;
    std::size_t outstanding_ = 0;
};

}  // namespace eventail::bus
