// Timers and posted functions, from any thread, for the thread that leads; and its sleep between
// runs, which they end.
#pragma once

#include "base/mutex.hpp"
#include "service/timers.hpp"

#include <atomic>
#include <functional>
#include <optional>

namespace eventail::service {

class TimerQueue {
public:
    Timers::SharedState add(TimePoint due, std::function<void()> callback)
        EVENTAIL_EXCLUDES(mutex_);
    /// Without the lock. TimePoint::max(): there is none.
    TimePoint next_due() const { return next_due_; }
    /// As Timers::take_due().
    std::optional<Timers::Entry> take_due(TimePoint now) EVENTAIL_EXCLUDES(mutex_);
    void put_back(Timers::Entry function) EVENTAIL_EXCLUDES(mutex_);

    /// Sleeps until then, until a function is added, or interrupt(): one that came since the last
    /// sleep counts.
    void sleep_until(TimePoint until) EVENTAIL_EXCLUDES(mutex_);
    void interrupt() EVENTAIL_EXCLUDES(mutex_);

private:
    void note_next_due() EVENTAIL_REQUIRES(mutex_) {
        next_due_ = timers_.next_due().value_or(TimePoint::max());
    }

    Mutex mutex_;
    Condition changed_;
    Timers timers_ EVENTAIL_GUARDED_BY(mutex_);
    bool has_news_ EVENTAIL_GUARDED_BY(mutex_) = false;
    std::atomic<TimePoint> next_due_ = TimePoint::max();
};

}  // namespace eventail::service
