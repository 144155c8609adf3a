// The unsettled deliveries of a channel, by delivery tag.
#pragma once

#include "base/time.hpp"
#include "broker/core/memory.hpp"
#include "broker/core/queued_message.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace eventail::broker {

class Queue;
struct Consumer;

/// How a client can settle a delivery.
enum class Disposition { acknowledge, requeue, reject };

/// Higher than any delivery tag.
inline constexpr std::uint64_t all_tags = std::numeric_limits<std::uint64_t>::max();

struct Unsettled {
    std::uint64_t delivery_tag = 0;
    QueuedMessage queued = {};
    std::shared_ptr<Queue> queue = {};
    std::shared_ptr<Consumer> consumer = {};  ///< Nothing for basic.get.
    TimePoint delivered_at = {};
};

class UnsettledDeliveries {
public:
    explicit UnsettledDeliveries(std::shared_ptr<MemoryGauge> gauge)
        : charge_(std::move(gauge), 0) {}

    bool empty() const { return deliveries_.empty(); }
    std::size_t size() const { return deliveries_.size(); }
    /// When the oldest delivery was made.
    std::optional<TimePoint> oldest() const;

    /// Its tag must be higher than all others.
    void push_back(Unsettled unsettled);

    bool contains(std::uint64_t delivery_tag) const { return deliveries_.contains(delivery_tag); }
    /// The oldest tag, if it is at most `last_tag`.
    std::optional<std::uint64_t> first_tag(std::uint64_t last_tag) const;
    /// Nothing if there is no such delivery.
    std::optional<Unsettled> take(std::uint64_t delivery_tag);
    /// The oldest delivery, if its tag is at most `last_tag`.
    std::optional<Unsettled> take_first(std::uint64_t last_tag);
    /// Moves a delivery, which must exist, to those of another channel or transaction.
    void move(std::uint64_t delivery_tag, UnsettledDeliveries& destination);
    void swap(UnsettledDeliveries& other);

private:
    void count() { charge_.set(deliveries_.size() * bytes_of_each); }

    /// Includes a node of the tree.
    static constexpr std::size_t bytes_of_each = sizeof(Unsettled) + 48;

    std::map<std::uint64_t, Unsettled> deliveries_;
    MemoryCharge charge_;
};

}  // namespace eventail::broker
