// Controls where a thread may be cancelled (pthread_cancel): in user code and while it waits for
// work, never between the steps of the library's own work.
#pragma once

#include "base/thread_own.hpp"

#include <pthread.h>

#include <utility>

namespace eventail::service {

/// The state for user code and waits in this thread, as it was before the library's work began.
inline int& own_cancel_state() {
    struct Own {
        int state = PTHREAD_CANCEL_DISABLE;
    };
    return thread_own<Own, Own>().state;
}

/// Around the library's work: a cancellation waits for the end of this scope.
class CancellationHeld {
public:
    CancellationHeld() { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
    ~CancellationHeld() { ::pthread_setcancelstate(before_, nullptr); }
    CancellationHeld(const CancellationHeld&) = delete;
    CancellationHeld& operator=(const CancellationHeld&) = delete;

private:
    int before_ = PTHREAD_CANCEL_ENABLE;
};

/// The same around everything that a thread does for a service; user code gets the earlier state
/// back.
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

/// Around user code, or a wait, within the library's work.
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
