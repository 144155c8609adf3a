#include "service/handler_pool.hpp"

#include "net/thread_name.hpp"
#include "service/cancellation.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <utility>

namespace eventail::service {
namespace {

// Short enough for any std::string to hold without memory of its own.
constexpr const char* no_memory = "out of memory";

}  // namespace

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
        const Lock lock(mutex_);
        is_leaving_ = true;
    }
    changed_.notify_all();
    // From now on nobody is replaced.
    for (Thread& thread : threads_) thread.join();
    bury_the_dead();
}

void HandlerPool::hand_over(std::vector<Call>& calls) {
    if (calls.empty()) return;
    bool has_to_wake = false;
    {
        const Lock lock(mutex_);
        for (Call& call : calls) hand_over_.add(std::move(call));
        has_to_wake = hand_over_.calls_a_thread();
    }
    if (has_to_wake) changed_.notify_one();
    calls.clear();
}

void HandlerPool::take_ended(std::vector<Call>& calls) {
    const Lock lock(mutex_);
    hand_over_.take_ended(calls);
}

void HandlerPool::work() {
    net::name_this_thread("eventail call");
    const CancellationKept kept;
    Lock lock(mutex_);
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
        try {
            make_(call);
        } catch (const abi::__forced_unwind&) {
            const bool is_replaced = replace_this_thread();
            end(call);
            // If the system has no thread, this one goes on until the pool ends.
            if (!is_replaced) work();
            throw;
        } catch (...) {
            // The call itself lets nothing out: what surrounds it had no memory.
            call.outcome.end = bus::Outcome::End::failed;
            call.outcome.error = no_memory;
        }
        end(call);
        lock.lock();
    }
}

void HandlerPool::end(Call& call) {
    {
        const Lock lock(mutex_);
        hand_over_.end(std::move(call));
    }
    tell_();
}

bool HandlerPool::replace_this_thread() noexcept {
    const Lock lock(mutex_);
    if (is_leaving_) return true;
    const auto me = std::ranges::find(threads_, this_thread_id(), &Thread::get_id);
    try {
        dead_.reserve(dead_.size() + 1);
        Thread successor([this] {
            bury_the_dead();
            work();
        });
        dead_.push_back(std::exchange(*me, std::move(successor)));
        return true;
    } catch (...) {
        return false;
    }
}

void HandlerPool::bury_the_dead() {
    std::vector<Thread> dead;
    {
        const Lock lock(mutex_);
        dead.swap(dead_);
    }
    for (Thread& thread : dead) thread.join();
}

}  // namespace eventail::service
