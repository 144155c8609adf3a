// Locks that Clang's thread-safety analysis knows: what a lock guards says so where it is declared,
// and touching it without the lock does not compile (with Clang). As thin as std's own, which carry
// no annotations. (docs/decisions/0016)
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

/// Holds a mutex for a scope; may let go of it and take it again in between.
class EVENTAIL_THREAD_ANNOTATION(scoped_lockable) Lock {
public:
    explicit Lock(Mutex& mutex) EVENTAIL_THREAD_ANNOTATION(acquire_capability(mutex))
        : lock_(mutex.mutex_) {}
    /// Of one that try_lock() has taken.
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

/// To be waited for in a loop that looks at what it is about: wakes up for nothing, too.
class Condition {
public:
    void wait(Lock& lock) { condition_.wait(lock.lock_); }
    /// Until notified, or `until`; TimePoint::max(): for ever.
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
