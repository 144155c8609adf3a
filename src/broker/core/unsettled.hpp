// The unsettled deliveries of a channel, by delivery tag.
#pragma once

#include "base/time.hpp"
#include "broker/core/memory.hpp"
#include "broker/core/queued_message.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace eventail::broker {

class Queue;
struct Consumer;

/// What a client can do with a delivery.
enum class Disposition { acknowledge, requeue, reject };

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

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    /// When the oldest one was delivered.
    std::optional<TimePoint> oldest() const;

    /// Tags only grow.
    void push_back(Unsettled unsettled);

    bool contains(std::uint64_t delivery_tag) const;
    /// Nothing if it is not there.
    std::optional<Unsettled> take(std::uint64_t delivery_tag);
    /// The oldest one, if its tag is not above `last_tag`.
    std::optional<Unsettled> take_first(std::uint64_t last_tag);

private:
    std::size_t find(std::uint64_t delivery_tag) const;
    void drop_holes();
    void set_size(std::size_t size);

    /// A delivery that was taken from the middle leaves a hole, without a message.
    std::deque<Unsettled> deliveries_;
    std::size_t size_ = 0;
    MemoryCharge charge_;
};

}  // namespace eventail::broker
