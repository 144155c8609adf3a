// Whether and how a service stops, and which failure of user code caused it. Set from any thread,
// checked at every entry.
#pragma once

#include "base/atomic.hpp"
#include "base/mutex.hpp"

#include <exception>
#include <utility>

namespace eventail::service {

class StopState {
public:
    /// A final stop overrides a reconnection. @return whether this changes anything
    bool request(bool is_to_reconnect) EVENTAIL_EXCLUDES(mutex_) {
        const Lock lock(mutex_);
        const bool is_for_good_now = is_reconnect_ && !is_to_reconnect;
        if (is_stopped_ && !is_for_good_now) return false;
        is_reconnect_ = is_to_reconnect;
        is_stopped_ = true;
        return true;
    }
    bool is_stopped() const { return is_stopped_; }
    /// With is_stopped(): only to reconnect.
    bool is_reconnect() const { return is_reconnect_; }
    bool is_for_good() const { return is_stopped_ && !is_reconnect_; }
    /// The run that was stopped for a reconnection has ended. If a final stop came meanwhile, it
    /// stays, and the next run only drains.
    void end_of_reconnection() EVENTAIL_EXCLUDES(mutex_) {
        const Lock lock(mutex_);
        if (is_reconnect_) is_stopped_ = false;
    }

    /// Notes an exception of user code; the first one counts.
    void fail(std::exception_ptr failure) EVENTAIL_EXCLUDES(mutex_) {
        const Lock lock(mutex_);
        if (!failure_) failure_ = std::move(failure);
    }
    /// Returns it only once. @return null if there is none
    std::exception_ptr take_failure() EVENTAIL_EXCLUDES(mutex_) {
        const Lock lock(mutex_);
        return std::exchange(failure_, nullptr);
    }

private:
    Mutex mutex_;
    Atomic<bool> is_stopped_ = false;
    Atomic<bool> is_reconnect_ = false;
    std::exception_ptr failure_ EVENTAIL_GUARDED_BY(mutex_);
};

}  // namespace eventail::service
