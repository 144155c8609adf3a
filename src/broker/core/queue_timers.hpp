// Timers for queues: when a queue, or messages in it, expire.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace eventail::broker {

class Queue;

class QueueTimers {
public:
    /// Each queue has one timer. If two are due at the same time, the older queue comes first.
    using Id = std::uint64_t;

    Id next_id() { return ++last_id_; }

    void set(Id id, Queue& queue, TimePoint at) { timers_.emplace(std::pair(at, id), &queue); }
    /// `at` is the time it was set to.
    void clear(Id id, TimePoint at) { timers_.erase({at, id}); }

    /// Clears a timer that is due and returns its queue; nothing if none is due.
    std::shared_ptr<Queue> next_due(TimePoint now);

    std::optional<TimePoint> next_deadline() const {
        if (timers_.empty()) return std::nullopt;
        return timers_.begin()->first.first;
    }

private:
    Id last_id_ = 0;
    std::map<std::pair<TimePoint, Id>, Queue*> timers_;
};

}  // namespace eventail::broker
