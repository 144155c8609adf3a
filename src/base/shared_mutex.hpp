// A mutex that many may share, for Clang's thread-safety analysis. (docs/decisions/0016)
#pragma once

#include "base/lock_annotations.hpp"

#include <shared_mutex>

namespace eventail {

class EVENTAIL_THREAD_ANNOTATION(capability("mutex")) SharedMutex {
public:
    SharedMutex() = default;
    SharedMutex(const SharedMutex&) = delete;
    SharedMutex& operator=(const SharedMutex&) = delete;

    void lock() EVENTAIL_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
    void unlock() EVENTAIL_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
    void lock_shared() EVENTAIL_THREAD_ANNOTATION(acquire_shared_capability()) {
        mutex_.lock_shared();
    }
    void unlock_shared() EVENTAIL_THREAD_ANNOTATION(release_shared_capability()) {
        mutex_.unlock_shared();
    }

private:
    std::shared_mutex mutex_;
};

/// Holds it alone, for a scope.
class EVENTAIL_THREAD_ANNOTATION(scoped_lockable) ExclusiveLock {
public:
    explicit ExclusiveLock(SharedMutex& mutex) EVENTAIL_THREAD_ANNOTATION(acquire_capability(mutex))
        : mutex_(mutex) {
        mutex_.lock();
    }
    ~ExclusiveLock() EVENTAIL_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
    ExclusiveLock(const ExclusiveLock&) = delete;
    ExclusiveLock& operator=(const ExclusiveLock&) = delete;

private:
    SharedMutex& mutex_;
};

/// Shares it, for a scope.
class EVENTAIL_THREAD_ANNOTATION(scoped_lockable) SharedLock {
public:
    explicit SharedLock(SharedMutex& mutex)
        EVENTAIL_THREAD_ANNOTATION(acquire_shared_capability(mutex))
        : mutex_(mutex) {
        mutex_.lock_shared();
    }
    ~SharedLock() EVENTAIL_THREAD_ANNOTATION(release_generic_capability()) {
        mutex_.unlock_shared();
    }
    SharedLock(const SharedLock&) = delete;
    SharedLock& operator=(const SharedLock&) = delete;

private:
    SharedMutex& mutex_;
};

}  // namespace eventail
