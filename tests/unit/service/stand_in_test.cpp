#include "service/stand_in.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace eventail::service {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;

/// Stands in by doing nothing until the call has ended, and reports for which call.
class Stage {
public:
    explicit Stage(Duration interval)
        : stand_in_(code, interval, [this](std::uint64_t serial) { serve(serial); }) {}

    void begin() {
        code.begin();
        stand_in_.stay_awake();
    }
    /// Waits. @return whether it took over from the running call
    bool is_taken_over() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [this] { return served_ == code.serial(); });
    }
    int takeovers() {
        const std::lock_guard lock(mutex_);
        return takeovers_;
    }

    UserCode code;

private:
    void serve(std::uint64_t serial) {
        {
            const std::lock_guard lock(mutex_);
            served_ = serial;
            ++takeovers_;
        }
        changed_.notify_all();
        while (code.serial() == serial) std::this_thread::yield();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t served_ = 0;
    int takeovers_ = 0;
    StandIn stand_in_;
};

TEST(StandIn, takes_over_while_a_call_lasts) {
    Stage stage(1ms);

    stage.begin();

    EXPECT_TRUE(stage.is_taken_over());
    stage.code.end();
}

TEST(StandIn, takes_over_for_each_long_call_anew) {
    Stage stage(1ms);

    for (int call = 1; call <= 3; ++call) {
        stage.begin();
        EXPECT_TRUE(stage.is_taken_over());
        EXPECT_EQ(stage.takeovers(), call);
        stage.code.end();
    }
}

TEST(StandIn, takes_over_after_it_has_dozed_off) {
    // Twenty looks a microsecond apart are over long before this thread has begun a call.
    Stage stage(1us);

    for (int call = 0; call < 200; ++call) {
        stage.begin();
        ASSERT_TRUE(stage.is_taken_over()) << call;
        stage.code.end();
    }
}

TEST(StandIn, leaves_short_calls_alone) {
    Stage stage(1h);

    for (int call = 0; call < 1000; ++call) {
        stage.begin();
        stage.code.end();
    }

    EXPECT_EQ(stage.takeovers(), 0);
}

TEST(StandIn, ends_at_once_however_long_its_interval) {
    const auto begin = std::chrono::steady_clock::now();

    { const Stage stage(1h); }

    EXPECT_LT(std::chrono::steady_clock::now() - begin, patience);
}

}  // namespace
}  // namespace eventail::service
