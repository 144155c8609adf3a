#include "broker/core/queue_timers.hpp"

#include "broker/core/queue.hpp"

namespace eventail::broker {

std::shared_ptr<Queue> QueueTimers::next_due(TimePoint now) {
    if (timers_.empty() || timers_.begin()->first.first > now) return nullptr;
    Queue* const queue = timers_.begin()->second;
    timers_.erase(timers_.begin());
    return queue->shared_from_this();
}

}  // namespace eventail::broker
