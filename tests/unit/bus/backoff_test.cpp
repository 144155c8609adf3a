// The length of pauses between attempts to connect.
#include "bus/backoff.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace eventail::bus {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, makes_the_first_attempt_at_once) {
    Backoff backoff(30s, 1);

    EXPECT_EQ(backoff.next(), Duration::zero());
}

TEST(Backoff, doubles_from_100_ms_and_shortens_each_pause_by_at_most_half) {
    for (std::uint32_t seed = 1; seed < 50; ++seed) {
        Backoff backoff(30s, seed);
        backoff.next();

        for (Duration full = 100ms; full < 30s; full *= 2) {
            const Duration pause = backoff.next();
            ASSERT_GE(pause, full / 2);
            ASSERT_LE(pause, full);
        }
    }
}

TEST(Backoff, is_a_second_and_a_half_at_most_while_nobody_listens) {
    Backoff backoff(30s, 1);
    Backoff shorter(1s, 1);
    for (int i = 0; i < 50; ++i) {
        ASSERT_LE(backoff.next_after_refusal(), 1500ms);
        ASSERT_LE(shorter.next_after_refusal(), 1s);
    }

    EXPECT_GE(backoff.next_after_refusal(), 750ms);
    EXPECT_GE(backoff.next(), 15s);
}

TEST(Backoff, never_exceeds_its_maximum_however_often_it_is_asked) {
    Backoff backoff(1s, 7);
    backoff.next();

    for (int i = 0; i < 1000; ++i) {
        const Duration pause = backoff.next();
        ASSERT_GT(pause, Duration::zero());
        ASSERT_LE(pause, 1s);
    }
}

TEST(Backoff, spreads_the_pauses_of_services_with_different_seeds) {
    Backoff left(30s, 1);
    Backoff right(30s, 2);
    left.next();
    right.next();

    EXPECT_NE(left.next(), right.next());
}

TEST(Backoff, starts_over_after_a_reset) {
    Backoff backoff(30s, 1);
    for (int i = 0; i < 10; ++i) backoff.next();

    backoff.reset();

    EXPECT_EQ(backoff.next(), Duration::zero());
}

TEST(Backoff, waits_a_little_after_what_worked_but_not_for_long) {
    Backoff backoff(30s, 1);
    for (int i = 0; i < 10; ++i) backoff.next();

    backoff.reset_to_first_pause();
    const Duration pause = backoff.next();

    EXPECT_GE(pause, 50ms);
    EXPECT_LE(pause, 100ms);
}

}  // namespace
}  // namespace eventail::bus
