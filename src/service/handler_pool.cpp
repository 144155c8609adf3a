#include "service/handler_pool.hpp"

#include <utility>

namespace eventail::service {

HandlerPool::HandlerPool(std::size_t threads, std::function<void(Call&)> make,
                         std::function<void()> tell)
    : make_(std::move(make)), tell_(std::move(tell)) {
    try {
        while (threads_.size() < threads) threads_.emplace_back([this] { work(); });
    } catch (...) {
        leave();
        throw;
    }
}

HandlerPool::~HandlerPool() { leave(); }

void HandlerPool::leave() {
    {
        const std::lock_guard lock(mutex_);
        is_leaving_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void HandlerPool::hand_over(std::vector<Call>& calls) {
    if (calls.empty()) return;
    bool has_to_wake = false;
    {
        const std::lock_guard lock(mutex_);
        for (Call& call : calls) hand_over_.add(std::move(call));
        has_to_wake = hand_over_.calls_a_thread();
    }
    if (has_to_wake) changed_.notify_one();
    calls.clear();
}

void HandlerPool::take_ended(std::vector<Call>& calls) {
    const std::lock_guard lock(mutex_);
    std::swap(calls, hand_over_.ended());
}

void HandlerPool::work() {
    std::unique_lock lock(mutex_);
    while (!is_leaving_) {
        if (!hand_over_.has_calls()) {
            hand_over_.falls_asleep();
            changed_.wait(lock);
            hand_over_.wakes_up();
            continue;
        }
        Call call = hand_over_.take();
        const bool has_to_wake = hand_over_.calls_a_thread();
        lock.unlock();
        if (has_to_wake) changed_.notify_one();
        make_(call);
        lock.lock();
        hand_over_.end(std::move(call));
        lock.unlock();
        tell_();
        lock.lock();
    }
}

}  // namespace eventail::service
