// A service without a reachable broker: what continues while it tries again and again. Needs no
// broker.
#include "support/local_log.hpp"
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace eventail::test {
namespace {

using namespace std::chrono_literals;

/// With one thread for user code, and with several.
class ServiceUnconnected : public testing::TestWithParam<unsigned> {
protected:
    static ServiceOptions options() {
        ServiceOptions made{.logical_service = "unconnected"};
        made.amqp_urls = {"amqp://127.0.0.1:1"};
        made.handler_threads = GetParam();
        made.max_outbox_bytes = 300'000;
        made.publish_timeout = 200ms;
        made.drain_timeout = 200ms;
        made.handle_signals = false;
        return made;
    }
    void publish_without_end() {
        const std::string filler(50'000, 'x');
        for (;;) service_.publish_event("x", {{"filler", filler}});
    }

    LocalLog log_;
    Service service_{options()};
};

INSTANTIATE_TEST_SUITE_P(Threads, ServiceUnconnected, testing::Values(1u, 3u));

TEST_P(ServiceUnconnected, calls_timers_and_posted_functions_also_those_posted_by_them) {
    std::vector<int> called;
    service_.call_later(1ms, [&] {
        called.push_back(2);
        service_.post([&] {
            called.push_back(3);
            service_.stop();
        });
    });
    service_.post([&] { called.push_back(1); });

    EXPECT_EQ(supervise(service_), 0);

    EXPECT_EQ(called, (std::vector{1, 2, 3}));
}

TEST_P(ServiceUnconnected, ends_with_1_if_a_timer_throws) {
    service_.post([] { throw std::runtime_error("on purpose"); });

    EXPECT_EQ(supervise(service_), 1);

    EXPECT_TRUE(log_.has("on purpose"));
}

TEST_P(ServiceUnconnected, lets_a_function_wait_for_room_for_publish_timeout) {
    std::optional<Error> error;
    service_.post([&] {
        try {
            publish_without_end();
        } catch (const Error& caught) {
            error = caught;
        }
        service_.stop();
    });

    EXPECT_EQ(supervise(service_), 1) << "something published is abandoned";

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::back_pressure);
    EXPECT_NE(std::string(error->what()).find("no connection to publish on"), std::string::npos);
}

TEST_P(ServiceUnconnected, goes_on_after_a_function_that_could_not_publish) {
    bool is_running_on = false;
    service_.post([&] {
        service_.call_later(300ms, [&] {
            is_running_on = true;
            service_.stop();
        });
        publish_without_end();
    });

    EXPECT_EQ(supervise(service_), 1) << "something published is abandoned";

    EXPECT_TRUE(is_running_on);
    EXPECT_TRUE(log_.has("ended early because it could not publish"));
}

TEST_P(ServiceUnconnected, takes_the_stop_for_no_failure_of_what_it_interrupts) {
    bool is_called_again = false;
    service_.post([&] {
        service_.stop();
        service_.post([&] { is_called_again = true; });
        throw Error(Errc::stopped, "it accepts nothing more");
    });

    EXPECT_EQ(supervise(service_), 0);

    EXPECT_FALSE(is_called_again);
}

TEST_P(ServiceUnconnected, takes_the_stop_of_another_service_for_one) {
    service_.post([] { throw Error(Errc::stopped, "it accepts nothing more"); });

    EXPECT_EQ(supervise(service_), 1);
}

TEST_P(ServiceUnconnected, calls_after_a_reconnection_what_was_registered_before) {
    bool is_called = false;
    service_.reconnect();
    service_.post([&] {
        is_called = true;
        service_.stop();
    });

    EXPECT_EQ(supervise(service_), 0);

    EXPECT_TRUE(is_called);
}

TEST_P(ServiceUnconnected, runs_until_the_connection_is_not_made_if_nobody_supervises_it) {
    EXPECT_EQ(service_.run(), RunResult::connection_lost);
}

TEST_P(ServiceUnconnected, ends_at_once_when_it_was_stopped_before) {
    service_.stop();

    EXPECT_EQ(supervise(service_), 0);
}

}  // namespace
}  // namespace eventail::test
