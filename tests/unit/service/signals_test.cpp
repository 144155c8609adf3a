#include "service/signals.hpp"

#include <gtest/gtest.h>

#include <signal.h>

#include <atomic>
#include <future>

namespace eventail::service {
namespace {

using namespace std::chrono_literals;

std::atomic<int> own_calls = 0;

/// Has its own handler for SIGHUP, as a program might.
class SignalWatchTest : public testing::Test {
protected:
    SignalWatchTest() {
        own_calls = 0;
        struct sigaction own {};
        own.sa_handler = [](int) { ++own_calls; };
        ::sigaction(SIGHUP, &own, &before_);
    }
    ~SignalWatchTest() override { ::sigaction(SIGHUP, &before_, nullptr); }

private:
    struct sigaction before_ {};
};

/// The first signal that a watch reported.
class Told {
public:
    void operator()(int signal) { promise_.set_value(signal); }
    int signal() {
        auto future = promise_.get_future();
        return future.wait_for(20s) == std::future_status::ready ? future.get() : 0;
    }

private:
    std::promise<int> promise_;
};

TEST_F(SignalWatchTest, is_told_which_signal_came) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        Told told;
        const SignalWatch watch([&](int which) { told(which); });

        ::raise(signal);

        EXPECT_EQ(told.signal(), signal);
    }
}

TEST_F(SignalWatchTest, tells_all_that_watch) {
    Told first;
    Told second;
    const SignalWatch first_watch([&](int signal) { first(signal); });
    const SignalWatch second_watch([&](int signal) { second(signal); });

    ::raise(SIGTERM);

    EXPECT_EQ(first.signal(), SIGTERM);
    EXPECT_EQ(second.signal(), SIGTERM);
}

TEST_F(SignalWatchTest, keeps_the_programs_handler_out_until_the_last_has_gone) {
    Told told;
    {
        const SignalWatch outer([&](int signal) { told(signal); });
        {
            const SignalWatch inner([](int) {});
        }
        ::raise(SIGHUP);
        EXPECT_EQ(told.signal(), SIGHUP);
        EXPECT_EQ(own_calls, 0);
    }

    ::raise(SIGHUP);

    EXPECT_EQ(own_calls, 1);
}

TEST_F(SignalWatchTest, does_not_call_one_that_has_gone) {
    std::atomic<int> calls = 0;
    Told told;
    const SignalWatch stays([&](int signal) { told(signal); });
    {
        const SignalWatch goes([&](int) { ++calls; });
    }

    ::raise(SIGTERM);

    EXPECT_EQ(told.signal(), SIGTERM);
    EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace eventail::service
