// Timers and posted functions, from any thread, for the thread that leads.
#pragma once

#include "base/atomic.hpp"
#include "base/mutex.hpp"
#include "service/timers.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace eventail::service {

class TimerQueue {
public:
    std::shared_ptr<Timers::Ticket> add(TimePoint due, std::function<void()> callback)
        EVENTAIL_EXCLUDES(mutex_);
    /// Takes no lock. TimePoint::max() means none.
    TimePoint next_due() const { return next_due_; }
    /// Like Timers::take_due().
    std::optional<Timers::Entry> take_due(TimePoint now) EVENTAIL_EXCLUDES(mutex_);
    void put_back(Timers::Entry function) EVENTAIL_EXCLUDES(mutex_);

private:
    void note_next_due() EVENTAIL_REQUIRES(mutex_) {
        next_due_ = timers_.next_due().value_or(TimePoint::max());
    }

    Mutex mutex_;
    Timers timers_ EVENTAIL_GUARDED_BY(mutex_);
    Atomic<TimePoint> next_due_ = TimePoint::max();
};

}  // namespace eventail::service
