#include "service/handler_pool.hpp"

#include <gtest/gtest.h>

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <set>
#include <vector>

namespace eventail::service {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;

bus::DeliveryToken id_of(const Call& call) { return call.job->token; }

/// A pool whose calls last until released, and the leader that waits for them.
class HandlerPoolTest : public testing::Test {
protected:
    void TearDown() override { let_go(); }

    void hand_over(bus::DeliveryToken first, bus::DeliveryToken last) {
        std::vector<Call> calls;
        for (bus::DeliveryToken id = first; id <= last; ++id) {
            jobs_.push_back({.token = id, .work = Event{}});
            calls.push_back({.job = &jobs_.back()});
        }
        pool_.hand_over(calls);
    }
    /// Waits until that many calls have begun.
    bool have_begun(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return begun_.size() >= count; });
    }
    void let_go() {
        {
            const std::lock_guard lock(mutex_);
            may_end_ = true;
        }
        changed_.notify_all();
    }
    /// Waits until that many calls have ended.
    bool have_ended(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] {
            std::vector<Call> calls;
            pool_.take_ended(calls);
            for (const Call& call : calls) ended_.insert(id_of(call));
            return ended_.size() >= count;
        });
    }
    std::vector<bus::DeliveryToken> begun() {
        const std::lock_guard lock(mutex_);
        return begun_;
    }

    static constexpr std::size_t threads = 4;

private:
    void make(Call& call) {
        std::unique_lock lock(mutex_);
        begun_.push_back(id_of(call));
        changed_.notify_all();
        changed_.wait_for(lock, patience, [this] { return may_end_; });
        lock.unlock();
        if (ends_threads_) ::pthread_exit(nullptr);
    }
    void tell() {
        const std::lock_guard lock(mutex_);
        changed_.notify_all();
    }

    std::deque<bus::Job> jobs_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<bus::DeliveryToken> begun_;
    std::set<bus::DeliveryToken> ended_;
    bool may_end_ = false;

protected:
    bool ends_threads_ = false;  // before the first hand-over
    HandlerPool pool_{threads, [this](Call& call) { make(call); }, [this] { tell(); }};
};

TEST_F(HandlerPoolTest, makes_as_many_calls_at_once_as_it_has_threads_and_no_more) {
    hand_over(1, threads + 1);

    EXPECT_TRUE(have_begun(threads));
    EXPECT_EQ(begun().size(), threads);
    let_go();
    EXPECT_TRUE(have_ended(threads + 1));
}

TEST_F(HandlerPoolTest, makes_calls_that_come_one_by_one_at_once_too) {
    for (bus::DeliveryToken id = 1; id <= threads; ++id) {
        hand_over(id, id);
        EXPECT_TRUE(have_begun(id));
    }

    let_go();
    EXPECT_TRUE(have_ended(threads));
}

TEST_F(HandlerPoolTest, loses_none_of_many_that_are_over_at_once) {
    let_go();

    for (bus::DeliveryToken id = 1; id <= 10'000; id += 10) hand_over(id, id + 9);

    EXPECT_TRUE(have_ended(10'000));
    EXPECT_EQ(begun().size(), 10'000u);
}

TEST_F(HandlerPoolTest, goes_on_with_a_new_thread_for_each_that_is_ended_in_its_call) {
    ends_threads_ = true;
    let_go();

    hand_over(1, 10 * threads);

    EXPECT_TRUE(have_ended(10 * threads));
    EXPECT_EQ(begun().size(), 10 * threads);
}

TEST_F(HandlerPoolTest, is_destroyed_while_its_threads_are_being_ended) {
    ends_threads_ = true;
    hand_over(1, 2 * threads);
    ASSERT_TRUE(have_begun(threads));

    let_go();
}

TEST_F(HandlerPoolTest, takes_back_what_no_thread_has_taken) {
    hand_over(1, threads + 2);
    ASSERT_TRUE(have_begun(threads));
    std::vector<Call> taken_back;

    pool_.take_back(taken_back);
    let_go();

    ASSERT_EQ(taken_back.size(), 2u);
    EXPECT_EQ(id_of(taken_back[0]), threads + 1);
    EXPECT_TRUE(have_ended(threads));
    EXPECT_EQ(begun().size(), threads);
}

}  // namespace
}  // namespace eventail::service
