#include "bus/try_count.hpp"

#include "bus/connect_rounds.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace eventail::bus {
namespace {

using namespace std::chrono_literals;

TEST(TryCount, the_first_retry_is_at_once_and_each_further_one_a_second_later) {
    TryCount tries(std::nullopt);

    EXPECT_EQ(tries.failed(), 0s);
    EXPECT_EQ(tries.failed(), 1s);
    EXPECT_EQ(tries.failed(), 2s);
    EXPECT_EQ(tries.failed(), 3s);
}

TEST(TryCount, no_pause_is_longer_than_thirty_seconds) {
    TryCount tries(std::nullopt);

    for (int i = 0; i < 30; ++i) tries.failed();

    EXPECT_EQ(tries.failed(), 30s);
    EXPECT_EQ(tries.failed(), 30s);
    EXPECT_EQ(tries.failures(), 32u);
}

TEST(TryCount, two_retries_are_three_tries) {
    TryCount tries(2);

    EXPECT_EQ(tries.failed(), 0s);
    EXPECT_EQ(tries.failed(), 1s);
    EXPECT_EQ(tries.failed(), std::nullopt);
    EXPECT_EQ(tries.failures(), 3u);
}

TEST(TryCount, without_retries_the_first_failure_is_the_last) {
    TryCount tries(0);

    EXPECT_EQ(tries.failed(), std::nullopt);
}

TEST(ConnectRounds, each_url_is_tried_once_in_each_round_and_rounds_are_a_second_apart) {
    const TimePoint now = TimePoint{} + 1h;
    ConnectRounds rounds(2, 1);
    rounds.begin();

    EXPECT_FALSE(rounds.attempt_failed(now));
    EXPECT_LE(rounds.not_before(), now);
    EXPECT_FALSE(rounds.attempt_failed(now));
    EXPECT_EQ(rounds.not_before(), now + 1s);
    EXPECT_FALSE(rounds.attempt_failed(now + 1s));
    EXPECT_TRUE(rounds.attempt_failed(now + 1s));
    EXPECT_FALSE(rounds.is_under_way());
}

TEST(ConnectRounds, the_next_effort_need_not_wait) {
    const TimePoint now = TimePoint{} + 1h;
    ConnectRounds rounds(1, 1);
    rounds.begin();
    rounds.attempt_failed(now);
    rounds.attempt_failed(now + 1s);

    rounds.begin();

    EXPECT_LE(rounds.not_before(), now + 1s);
}

}  // namespace
}  // namespace eventail::bus
