// The threads that run user code where several calls may run at once. They take calls from the
// leader and give them back when they have ended; what may run when is decided by bus::Worker.
// (docs/architecture.md, "Threads")
#pragma once

#include "base/mutex.hpp"
#include "base/thread.hpp"
#include "service/hand_over.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace eventail::service {

class HandlerPool {
public:
    /// `make(call)` makes a call, in one of the threads. It throws nothing; but the thread may be
    /// ended in it (pthread_exit, pthread_cancel): the call then has ended, and another thread
    /// takes this one's place. `tell()` is called by a thread after one has ended. @throws
    /// std::system_error
    HandlerPool(std::size_t threads, std::function<void(Call&)> make, std::function<void()> tell);
    /// What has not begun never will.
    ~HandlerPool();
    HandlerPool(const HandlerPool&) = delete;
    HandlerPool& operator=(const HandlerPool&) = delete;

    // For the leader

    /// To be made in this order. Clears `calls`.
    void hand_over(std::vector<Call>& calls);
    /// Adds those that have not begun to `calls`.
    void take_back(std::vector<Call>& calls) {
        const Lock lock(mutex_);
        hand_over_.take_back(calls);
    }
    /// Swaps what has ended into `calls`, which must be clear.
    void take_ended(std::vector<Call>& calls);

private:
    void work();
    void end(Call& call);
    bool replace_this_thread() noexcept;
    void bury_the_dead();
    void leave();

    std::function<void(Call&)> make_;
    std::function<void()> tell_;
    Mutex mutex_;
    Condition changed_;
    HandOver hand_over_ EVENTAIL_GUARDED_BY(mutex_);
    bool is_leaving_ EVENTAIL_GUARDED_BY(mutex_) = false;
    std::vector<Thread> threads_;
    std::vector<Thread> dead_ EVENTAIL_GUARDED_BY(mutex_);  // ended in a call, and not yet joined
};

}  // namespace eventail::service
