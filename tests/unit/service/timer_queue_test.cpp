// When the next timer or posted function is due, without a lock. timers_test.cpp tests their order.
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

}  // namespace
}  // namespace eventail::service
