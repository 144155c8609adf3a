// The ready messages of a queue, in order: by priority if the queue has priorities, then by
// position. Adding and taking need constant time, putting back logarithmic time.
#pragma once

#include "broker/core/chores.hpp"
#include "broker/core/memory.hpp"
#include "broker/core/queued_message.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace eventail::broker {

class ReadyMessages {
public:
    /// Higher priorities than `max_priority` count as `max_priority`.
    ReadyMessages(std::shared_ptr<MemoryGauge> gauge, std::uint8_t max_priority)
        : max_priority_(max_priority), charge_(std::move(gauge), 0) {}

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    /// Of the bodies.
    std::size_t body_bytes() const { return body_bytes_; }

    const QueuedMessage& front() const;
    QueuedMessage pop_front();

    /// Its position must be higher than all earlier ones.
    void push_back(QueuedMessage queued);
    /// Returns a popped message to its place.
    void put_back(QueuedMessage queued);

    /// It is empty when this returns. The messages themselves go with the chore.
    std::unique_ptr<Chore> clear();
    /// Removes the messages that `is_unwanted`.
    void remove_if(const std::function<bool(const QueuedMessage&)>& is_unwanted);
    /// Visits all of them in order until `visit` returns false.
    void for_each(const std::function<bool(const QueuedMessage&)>& visit) const;

    /// Whether the counts agree with the contents, and everything is in order. For assertions.
    bool is_consistent() const;

private:
    /// Returned messages were popped before, so they are older than all fresh ones. They form a
    /// heap with the oldest on top.
    struct Lane {
        std::vector<QueuedMessage> returned = {};
        std::deque<QueuedMessage> fresh = {};

        bool empty() const { return returned.empty() && fresh.empty(); }
    };
    class Clearing;
    using Lanes = std::map<std::uint8_t, Lane, std::greater<>>;

    Lane& lane_of(const QueuedMessage& queued);
    Lanes::const_iterator first_lane() const;
    void count_in(const QueuedMessage& queued);
    void set_count(std::size_t count, std::size_t body_bytes);

    std::uint8_t max_priority_;
    std::size_t size_ = 0;
    std::size_t body_bytes_ = 0;
    Lanes lanes_;
    MemoryCharge charge_;
};

}  // namespace eventail::broker
