#include "service/timers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace eventail::service {
namespace {

using namespace std::chrono_literals;

const TimePoint start{1h};

class TimersTest : public testing::Test {
protected:
    /// Runs everything due. @return the names in order
    std::string run_due(TimePoint now) {
        ran_.clear();
        while (const auto entry = timers_.take_due(now)) {
            if (entry->fires()) entry->callback();
        }
        return ran_;
    }
    std::shared_ptr<Timers::Ticket> add(TimePoint due, char name) {
        return timers_.add(due, [this, name] { ran_ += name; });
    }

    Timers timers_;
    std::string ran_;
};

TEST_F(TimersTest, none_runs_before_its_time) {
    add(start + 10ms, 'a');

    EXPECT_EQ(run_due(start + 9ms), "");
    EXPECT_EQ(run_due(start + 10ms), "a");
    EXPECT_EQ(run_due(start + 1h), "");
}

TEST_F(TimersTest, the_earliest_due_comes_first_whenever_it_was_added) {
    add(start + 2ms, 'b');
    add(start + 1ms, 'a');
    add(start + 3ms, 'c');

    EXPECT_EQ(timers_.next_due(), start + 1ms);
    EXPECT_EQ(run_due(start + 5ms), "abc");
}

TEST_F(TimersTest, of_equals_the_one_added_first_comes_first) {
    for (const char name : {'a', 'b', 'c'}) add(start, name);

    EXPECT_EQ(run_due(start), "abc");
}

TEST_F(TimersTest, a_cancelled_one_does_not_run) {
    add(start, 'a');
    const auto cancelled = add(start, 'b');
    add(start, 'c');

    EXPECT_TRUE(cancelled->cancel());

    EXPECT_EQ(run_due(start), "ac");
}

TEST_F(TimersTest, one_that_has_run_cannot_be_cancelled) {
    const auto ticket = add(start, 'a');
    run_due(start);

    EXPECT_FALSE(ticket->cancel());
}

TEST_F(TimersTest, one_that_was_taken_can_be_cancelled_until_it_fires) {
    const auto ticket = add(start, 'a');
    const auto entry = timers_.take_due(start);
    ASSERT_TRUE(entry);

    EXPECT_TRUE(ticket->cancel());

    EXPECT_FALSE(entry->fires());
}

TEST_F(TimersTest, one_that_was_taken_and_put_back_runs_in_its_turn) {
    add(start, 'a');
    add(start + 1ms, 'b');

    auto entry = timers_.take_due(start);
    ASSERT_TRUE(entry);
    timers_.put_back(std::move(*entry));

    EXPECT_EQ(run_due(start + 1ms), "ab");
}

TEST_F(TimersTest, many_that_are_cancelled_do_not_stay_until_their_time) {
    const std::size_t count = 5000;
    add(start + 1h, 'a');
    std::size_t most = 0;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < count; ++i) {
        taken += timers_.take_cancelled().size();
        add(start + 2h, 'b')->cancel();
        most = std::max(most, timers_.size());
    }

    EXPECT_LE(most, 2002u);
    EXPECT_EQ(taken + timers_.size(), count + 1);
    EXPECT_EQ(run_due(start + 3h), "a");
}

TEST_F(TimersTest, a_few_that_are_cancelled_are_left_where_they_are) {
    for (int i = 0; i < 999; ++i) add(start, 'a')->cancel();

    EXPECT_TRUE(timers_.take_cancelled().empty());
}

TEST_F(TimersTest, one_added_by_another_runs_in_its_turn) {
    timers_.add(start, [this] {
        ran_ += 'a';
        add(start, 'c');
    });
    add(start, 'b');

    EXPECT_EQ(run_due(start), "abc");
}

TEST_F(TimersTest, nothing_is_due_when_there_are_none) {
    EXPECT_FALSE(timers_.next_due());
    EXPECT_FALSE(timers_.take_due(start).has_value());
}

}  // namespace
}  // namespace eventail::service
