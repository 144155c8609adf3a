#include "service/timer_queue.hpp"

#include <utility>
#include <vector>

namespace eventail::service {

std::shared_ptr<Timers::Ticket> TimerQueue::add(TimePoint due, std::function<void()> callback) {
    std::vector<Timers::Entry> cancelled;  // destroys their captured objects outside the lock
    const Lock lock(mutex_);
    cancelled = timers_.take_cancelled();
    std::shared_ptr<Timers::Ticket> ticket = timers_.add(due, std::move(callback));
    note_next_due();
    return ticket;
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
