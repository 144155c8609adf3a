#include "service/timer_queue.hpp"

#include <utility>

namespace eventail::service {

Timers::SharedState TimerQueue::add(TimePoint due, std::function<void()> callback) {
    const Lock lock(mutex_);
    Timers::SharedState state = timers_.add(due, std::move(callback));
    note_next_due();
    return state;
}

std::optional<Timers::Entry> TimerQueue::take_due(TimePoint now) {
    if (next_due() > now) return std::nullopt;
    const Lock lock(mutex_);
    std::optional<Timers::Entry> taken = timers_.take_due(now);
    note_next_due();
    return taken;
}

void TimerQueue::put_back(Timers::Entry function) {
    const Lock lock(mutex_);
    timers_.put_back(std::move(function));
    note_next_due();
}

}  // namespace eventail::service
