// Who sleeps on timers and posted functions is woken by them. What is due when: timers_test.cpp.
#include "service/timer_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace eventail::service {
namespace {

using namespace std::chrono_literals;

class TimerQueueTest : public testing::Test {
protected:
    const TimePoint now_ = Clock::now();
    TimerQueue timers_;
};

TEST_F(TimerQueueTest, says_when_the_next_function_is_due) {
    EXPECT_EQ(timers_.next_due(), TimePoint::max());

    timers_.add(now_ + 2s, [] {});
    timers_.add(now_ + 1s, [] {});

    EXPECT_EQ(timers_.next_due(), now_ + 1s);
    EXPECT_FALSE(timers_.take_due(now_));
    EXPECT_TRUE(timers_.take_due(now_ + 1s));
    EXPECT_EQ(timers_.next_due(), now_ + 2s);
}

TEST_F(TimerQueueTest, one_that_is_put_back_is_due_as_before) {
    timers_.add(now_ + 1s, [] {});

    timers_.put_back(*timers_.take_due(now_ + 1s));

    EXPECT_EQ(timers_.next_due(), now_ + 1s);
}

// Each would last for an hour.

TEST_F(TimerQueueTest, a_sleep_does_not_begin_after_a_function_was_added) {
    timers_.add(now_ + 1h, [] {});

    timers_.sleep_until(now_ + 1h);

    EXPECT_LT(Clock::now(), now_ + 1h);
}

TEST_F(TimerQueueTest, a_sleep_does_not_begin_after_an_interruption) {
    timers_.interrupt();

    timers_.sleep_until(now_ + 1h);

    EXPECT_LT(Clock::now(), now_ + 1h);
}

TEST_F(TimerQueueTest, an_interruption_ends_one_sleep_only) {
    timers_.interrupt();
    timers_.sleep_until(now_ + 1h);

    const TimePoint soon = Clock::now() + 1ms;
    timers_.sleep_until(soon);

    EXPECT_GE(Clock::now(), soon);
}

}  // namespace
}  // namespace eventail::service
