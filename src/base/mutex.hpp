// Locks that Clang's thread-safety analysis knows: what a lock guards says so where it is declared,
// and touching it without the lock does not compile (with Clang). As thin as std's own, which carry
// no annotations. (docs/decisions/0016)
#pragma once

#include "base/time.hpp"

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define EVENTAIL_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define EVENTAIL_THREAD_ANNOTATION(x)
#endif

/// Of a member: it is touched only while the lock is held.
#define EVENTAIL_GUARDED_BY(lock) EVENTAIL_THREAD_ANNOTATION(guarded_by(lock))
/// Of a pointer: what it points to is touched only while the lock is held.
#define EVENTAIL_POINTEE_GUARDED_BY(lock) EVENTAIL_THREAD_ANNOTATION(pt_guarded_by(lock))
/// Of a function: callers hold the locks.
#define EVENTAIL_REQUIRES(...) EVENTAIL_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
/// Of a function: callers do not hold the locks, which it takes.
#define EVENTAIL_EXCLUDES(...) EVENTAIL_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
/// Of a mutex: it is taken before the other ones.
#define EVENTAIL_ACQUIRED_BEFORE(...) EVENTAIL_THREAD_ANNOTATION(acquired_before(__VA_ARGS__))
/// Of a function: gives access to a lock.
#define EVENTAIL_RETURNS_LOCK(lock) EVENTAIL_THREAD_ANNOTATION(lock_returned(lock))

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
