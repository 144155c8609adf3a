#include "service/timer_queue.hpp"

#include "service/cancellation.hpp"

#include <utility>

namespace eventail::service {

Timers::SharedState TimerQueue::add(TimePoint due, std::function<void()> callback) {
    Timers::SharedState state;
    {
        const Lock lock(mutex_);
        state = timers_.add(due, std::move(callback));
        note_next_due();
        has_news_ = true;
    }
    changed_.notify_all();
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

void TimerQueue::sleep_until(TimePoint until) {
    Lock lock(mutex_);
    const CancellationAllowed may_be_cancelled;
    while (!has_news_ && Clock::now() < until) changed_.wait_until(lock, until);
    has_news_ = false;
}

void TimerQueue::interrupt() {
    {
        const Lock lock(mutex_);
        has_news_ = true;
    }
    changed_.notify_all();
}

}  // namespace eventail::service
