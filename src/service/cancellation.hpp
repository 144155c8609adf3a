// Where a thread may be cancelled (pthread_cancel): in user code and while it waits for something
// to do, never between the steps of the library's own work.
#pragma once

#include "base/thread_own.hpp"

#include <pthread.h>

#include <utility>

namespace eventail::service {

/// What user code and waits get in this thread: what it had set before the library's work began.
inline int& own_cancel_state() {
    struct Own {
        int state = PTHREAD_CANCEL_DISABLE;
    };
    return thread_own<Own, Own>().state;
}

/// The library's work: cancelling waits for the end of this scope.
class CancellationHeld {
public:
    CancellationHeld() { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
    ~CancellationHeld() { ::pthread_setcancelstate(before_, nullptr); }
    CancellationHeld(const CancellationHeld&) = delete;
    CancellationHeld& operator=(const CancellationHeld&) = delete;

private:
    int before_ = PTHREAD_CANCEL_ENABLE;
};

/// The same around all that a thread does for a service; user code gets back what was before.
class CancellationKept {
public:
    CancellationKept() {
        int before = PTHREAD_CANCEL_ENABLE;
        ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
        outer_ = std::exchange(own_cancel_state(), before);
    }
    ~CancellationKept() {
        ::pthread_setcancelstate(std::exchange(own_cancel_state(), outer_), nullptr);
    }
    CancellationKept(const CancellationKept&) = delete;
    CancellationKept& operator=(const CancellationKept&) = delete;

private:
    int outer_ = PTHREAD_CANCEL_ENABLE;
};

/// User code, or a wait, in between.
class CancellationAllowed {
public:
    CancellationAllowed() { ::pthread_setcancelstate(own_cancel_state(), &before_); }
    ~CancellationAllowed() { ::pthread_setcancelstate(before_, nullptr); }
    CancellationAllowed(const CancellationAllowed&) = delete;
    CancellationAllowed& operator=(const CancellationAllowed&) = delete;

private:
    int before_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace eventail::service
