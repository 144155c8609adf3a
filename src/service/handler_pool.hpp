// The threads that run user code when several calls may run at once. They take calls from the
// leader and return them when they have ended; bus::Worker decides which may run when.
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
    /// `make(call)` makes a call, in one of the threads. If it throws, the call has failed for lack
    /// of memory. The thread may be ended in it (pthread_exit, pthread_cancel): the call then has
    /// ended, and another thread takes this one's place. `tell()` is called by a thread after one
    /// has ended. @throws std::system_error
    HandlerPool(std::size_t threads, std::function<void(Call&)> make, std::function<void()> tell);
    /// Calls that have not begun never will.
    ~HandlerPool();
    HandlerPool(const HandlerPool&) = delete;
    HandlerPool& operator=(const HandlerPool&) = delete;

    // For the leader

    /// Hands over calls, to make in this order. Clears `calls`.
    void hand_over(std::vector<Call>& calls);
    /// Adds the calls that have not begun to `calls`.
    void take_back(std::vector<Call>& calls) {
        const Lock lock(mutex_);
        hand_over_.take_back(calls);
    }
    /// Swaps the ended calls with `calls`, which must be empty.
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
