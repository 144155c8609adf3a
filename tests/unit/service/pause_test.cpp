// Between runs: what goes on while a supervisor waits before it connects again.
#include "service/runtime.hpp"
#include <eventail/service.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <vector>

namespace eventail::service {
namespace {

class Pause : public testing::Test {
protected:
    // Longer than a test may take: it ends because it is ended.
    static constexpr std::chrono::hours for_long{1};

    ServiceOptions options_{.logical_service = "pause", .handle_signals = false};
    Service face_{options_};
    Runtime runtime_{face_, options_};
};

TEST_F(Pause, posted_functions_and_timers_are_called) {
    std::vector<int> called;
    runtime_.call_later(std::chrono::milliseconds{1}, [&] {
        called.push_back(2);
        runtime_.stop(RunResult::stopped, "test");
    });
    runtime_.call_later(std::chrono::nanoseconds::zero(), [&] { called.push_back(1); });

    runtime_.pause(for_long);

    EXPECT_EQ(called, (std::vector{1, 2}));
}

TEST_F(Pause, a_function_that_is_posted_meanwhile_is_called) {
    bool is_called = false;
    runtime_.call_later(std::chrono::nanoseconds::zero(), [&] {
        runtime_.call_later(std::chrono::nanoseconds::zero(), [&] {
            is_called = true;
            runtime_.stop(RunResult::stopped, "test");
        });
    });

    runtime_.pause(for_long);

    EXPECT_TRUE(is_called);
}

TEST_F(Pause, a_timer_that_throws_stops_the_service_with_its_error) {
    runtime_.call_later(std::chrono::nanoseconds::zero(),
                        [] { throw std::runtime_error("on purpose"); });

    runtime_.pause(for_long);

    EXPECT_TRUE(runtime_.is_stopped());
    EXPECT_THROW(runtime_.run(), std::runtime_error);
}

TEST_F(Pause, ends_at_once_when_the_service_is_stopped_already) {
    runtime_.stop(RunResult::stopped, "test");

    runtime_.pause(for_long);

    EXPECT_TRUE(runtime_.is_stopped());
}

}  // namespace
}  // namespace eventail::service
