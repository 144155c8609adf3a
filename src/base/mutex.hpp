// Locks for Clang's thread-safety analysis: each declaration says which lock guards it, and Clang
// does not compile access without that lock. As thin as std's own, which lack the annotations.
// (docs/decisions/0016)
#pragma once

#include "base/lock_annotations.hpp"
#include "base/time.hpp"

#include <condition_variable>
#include <mutex>

namespace eventail {

class EVENTAIL_THREAD_ANNOTATION(capability("mutex")) Mutex {
public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() EVENTAIL_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
    void unlock() EVENTAIL_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
    [[nodiscard]] bool try_lock() EVENTAIL_THREAD_ANNOTATION(try_acquire_capability(true)) {
        return mutex_.try_lock();
    }

private:
    friend class Lock;
    std::mutex mutex_;
};

/// Holds a mutex for a scope; may release it and take it again in between.
class EVENTAIL_THREAD_ANNOTATION(scoped_lockable) Lock {
public:
    explicit Lock(Mutex& mutex) EVENTAIL_THREAD_ANNOTATION(acquire_capability(mutex))
        : lock_(mutex.mutex_) {}
    /// Adopts a mutex that try_lock() has taken.
    Lock(Mutex& mutex, std::adopt_lock_t taken) EVENTAIL_REQUIRES(mutex)
        : lock_(mutex.mutex_, taken) {}
    // A defaulted one carries no annotation. NOLINTNEXTLINE(modernize-use-equals-default)
    ~Lock() EVENTAIL_THREAD_ANNOTATION(release_capability()) {}
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

    void unlock() EVENTAIL_THREAD_ANNOTATION(release_capability()) { lock_.unlock(); }
    void lock() EVENTAIL_THREAD_ANNOTATION(acquire_capability()) { lock_.lock(); }

private:
    friend class Condition;
    std::unique_lock<std::mutex> lock_;
};

/// Wait for it in a loop that checks the condition: it may wake up without a reason.
class Condition {
public:
    void wait(Lock& lock) { condition_.wait(lock.lock_); }
    /// Until notified, or until `until`; TimePoint::max() means for ever.
    void wait_until(Lock& lock, TimePoint until) {
        if (until == TimePoint::max()) return wait(lock);
        condition_.wait_until(lock.lock_, until);
    }
    void notify_one() { condition_.notify_one(); }
    void notify_all() { condition_.notify_all(); }

private:
    std::condition_variable condition_;
};

}  // namespace eventail
