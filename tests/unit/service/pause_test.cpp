// Between runs: what goes on while a supervisor waits before it connects again.
#include "service/runtime.hpp"
#include <eventail/service.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace eventail::service {
namespace {

class Pause : public testing::Test {
protected:
    // Longer than a test may take: it ends because it is ended.
    static constexpr std::chrono::hours for_long{1};

    // With room for a few messages, and all the patience of the world.
    static ServiceOptions patient() {
        ServiceOptions made{.logical_service = "pause", .handle_signals = false};
        made.amqp_urls = {"amqp://127.0.0.1:1"};
        made.max_outbox_bytes = 300'000;
        made.publish_timeout = for_long;
        return made;
    }
    void soon(std::function<void()> function) {
        runtime_.call_later(std::chrono::nanoseconds::zero(), std::move(function));
    }
    void publish_without_end() {
        const std::string filler(50'000, 'x');
        for (;;) runtime_.gate().publish({.name = "x"}, {{"filler", filler}}, std::nullopt);
    }

    ServiceOptions options_ = patient();
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

TEST_F(Pause, ends_in_time_with_a_function_that_is_always_due_again) {
    int calls = 0;
    std::function<void()> again = [&] {
        ++calls;
        soon(again);
    };
    soon(again);

    runtime_.pause(std::chrono::milliseconds{1});

    EXPECT_GT(calls, 0);
    EXPECT_FALSE(runtime_.is_stopped());
}

TEST_F(Pause, publishing_does_not_wait_in_it_for_room_that_only_a_connection_makes) {
    std::optional<Error> error;
    soon([&] {
        try {
            publish_without_end();
        } catch (const Error& caught) {
            error = caught;
        }
        runtime_.stop(RunResult::stopped, "test");
    });

    runtime_.pause(for_long);

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::back_pressure);
    EXPECT_NE(std::string(error->what()).find("the connection is lost"), std::string::npos);
}

TEST_F(Pause, a_function_that_could_not_publish_does_not_end_the_service) {
    bool is_running_on = false;
    soon([&] { publish_without_end(); });
    soon([&] {
        is_running_on = !runtime_.is_stopped();
        runtime_.stop(RunResult::stopped, "test");
    });

    runtime_.pause(for_long);

    EXPECT_TRUE(is_running_on);
}

TEST_F(Pause, a_timer_that_asks_for_its_next_call_while_the_service_stops_is_no_failure) {
    bool is_called_again = false;
    soon([&] {
        runtime_.stop(RunResult::stopped, "test");
        soon([&] { is_called_again = true; });
    });

    runtime_.pause(for_long);

    EXPECT_EQ(runtime_.run(), RunResult::stopped);
    EXPECT_FALSE(is_called_again);
}

TEST_F(Pause, a_timer_that_is_registered_before_a_reconnection_is_called_after_it) {
    bool is_called = false;
    runtime_.stop(RunResult::reconnect, "test");
    soon([&] {
        is_called = true;
        runtime_.stop(RunResult::stopped, "test");
    });
    ASSERT_EQ(runtime_.run(), RunResult::reconnect);
    ASSERT_FALSE(is_called);

    runtime_.pause(for_long);

    EXPECT_TRUE(is_called);
}

TEST_F(Pause, a_function_that_the_stop_interrupts_is_no_failure) {
    soon([&] {
        runtime_.stop(RunResult::stopped, "test");
        throw Error(Errc::stopped, "nothing is taken any more");
    });

    runtime_.pause(for_long);

    EXPECT_EQ(runtime_.run(), RunResult::stopped);
}

TEST_F(Pause, a_function_that_the_stop_of_another_service_interrupts_is_one) {
    soon([] { throw Error(Errc::stopped, "nothing is taken any more"); });

    runtime_.pause(for_long);

    EXPECT_TRUE(runtime_.is_stopped());
    EXPECT_THROW(runtime_.run(), Error);
}

TEST_F(Pause, ends_at_once_when_the_service_is_stopped_already) {
    runtime_.stop(RunResult::stopped, "test");

    runtime_.pause(for_long);

    EXPECT_TRUE(runtime_.is_stopped());
}

}  // namespace
}  // namespace eventail::service
