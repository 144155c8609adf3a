// Which acknowledgement waits for which confirms. Knows every delivery of the consuming channel by
// tag and by token, decides when and how each is settled, and coalesces what is settled together.
// (protocol.md, "Acknowledgement: nothing is lost")
#pragma once

#include "bus/outbox.hpp"
#include "bus/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace eventail::bus {

/// A basic.ack, basic.nack to be written on the consuming channel.
struct Settlement {
    std::uint64_t delivery_tag = 0;
    bool is_ack = true;
    bool requeue = false;
    bool multiple = false;

    friend bool operator==(const Settlement&, const Settlement&) = default;
};

class Ledger {
public:
    /// A delivery came in, with expected_tag(). @return its token: unique for the life of the
    /// service
    std::uint64_t delivered(std::uint64_t delivery_tag);

    /// Tags of a channel are consecutive; a broker that skips one is not to be followed.
    std::uint64_t expected_tag() const { return first_tag_ + slots_.size(); }

    /// Its handler begins: messages accepted from `accepted` on count.
    void started(DeliveryToken token, Sequence accepted);
    /// It began only when this much had been accepted: what is older does not count after all.
    void started_later(DeliveryToken token, Sequence accepted);
    /// Its handler has ended well: acknowledged once all accepted before `accepted_before` is
    /// settled.
    void ended(DeliveryToken token, Sequence accepted_before);
    /// Its handler has ended and left it to manual acknowledgement.
    void held(DeliveryToken token);
    /// Given back or dead-lettered, at once. Also for what never had a handler.
    void rejected(DeliveryToken token, bool requeue);
    /// A manual acknowledgement, applied to the delivery that it names, which may still be in its
    /// handler, and with `multiple` to the earlier ones that are held; not to what is settled.
    void settle_manually(const ManualSettlement& settlement);

    /// Decides about the inputs that waited for messages which are settled now.
    void review(const Outbox& outbox);

    /// What is to be written now, in this order. Reuse the vector.
    void flush(std::vector<Settlement>& out);
    bool has_settlements() const { return ready_ > 0 || has_rejections(); }
    bool has_rejections() const { return !rejected_.empty(); }
    /// Deliveries to be acknowledged now.
    std::size_t ready() const { return ready_; }

    /// The channel is gone, and with it every delivery: later calls with these tokens do nothing.
    void channel_lost();

    /// Deliveries whose acknowledgement is decided and waits for confirms.
    std::size_t waiting() const { return waiting_.size(); }
    /// Deliveries not yet settled.
    std::size_t outstanding() const { return outstanding_; }
    bool is_outstanding(DeliveryToken token) const;

    /// What can still become of a delivery.
    enum class Standing : std::uint8_t {
        open,
        decided,  ///< by hand, or rejected
        lost      ///< with its channel
    };
    Standing standing(DeliveryToken token) const;

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
    void reject(DeliveryToken token, Slot& slot, bool requeue);

    Ring<Slot> slots_;  // slots_[i] has delivery tag first_tag_ + i
    std::uint64_t first_tag_ = 1;
    std::uint64_t token_base_ = 0;  // token = base + tag
    std::vector<std::uint64_t> waiting_;
    std::size_t reviewed_ = 0;        // of those: nothing is new for them as long as
    std::uint64_t seen_settled_ = 0;  // so much is settled
    std::vector<Settlement> rejected_;
    std::size_t ready_ = 0;
    std::size_t outstanding_ = 0;
};

}  // namespace eventail::bus
