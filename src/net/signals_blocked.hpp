// While it lives, the calling thread, and threads that it starts, block all signals: signals should
// interrupt the program's own threads, as users of debuggers expect.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace eventail::net {

class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

}  // namespace eventail::net
