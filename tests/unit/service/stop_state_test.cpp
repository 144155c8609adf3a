#include "service/stop_state.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace eventail::service {
namespace {

TEST(StopState, a_stop_for_good_overtakes_a_reconnection) {
    StopState stopping;

    EXPECT_TRUE(stopping.request(true));
    EXPECT_FALSE(stopping.is_for_good());
    EXPECT_TRUE(stopping.request(false));

    EXPECT_TRUE(stopping.is_for_good());
}

TEST(StopState, a_reconnection_does_not_overtake_a_stop_for_good) {
    StopState stopping;
    stopping.request(false);

    EXPECT_FALSE(stopping.request(true));

    EXPECT_TRUE(stopping.is_for_good());
}

TEST(StopState, ends_with_the_run_that_a_reconnection_stopped) {
    StopState stopping;
    stopping.request(true);

    stopping.end_of_reconnection();

    EXPECT_FALSE(stopping.is_stopped());
}

TEST(StopState, outlasts_that_run_if_it_is_for_good_by_then) {
    StopState stopping;
    stopping.request(true);
    stopping.request(false);

    stopping.end_of_reconnection();

    EXPECT_TRUE(stopping.is_stopped());
}

TEST(StopState, keeps_the_first_failure_and_gives_it_once) {
    StopState stopping;
    stopping.fail(std::make_exception_ptr(std::runtime_error("first")));
    stopping.fail(std::make_exception_ptr(std::logic_error("second")));

    EXPECT_THROW(std::rethrow_exception(stopping.take_failure()), std::runtime_error);
    EXPECT_FALSE(stopping.take_failure());
}

}  // namespace
}  // namespace eventail::service
