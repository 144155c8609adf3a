// How long a service waits before it reconnects, and when it says why.
#include "bus/reconnect_pauses.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace eventail::bus {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

using Loss = ReconnectPauses::Loss;

Loss lost() { return {.was_consuming = true}; }

Loss failed(std::string text, std::string queue = "pong.events",
            std::string url_name = "amqp://one") {
    Loss loss = lost();
    loss.fault = ConnectionFault{
        .url_name = std::move(url_name), .text = std::move(text), .queue = std::move(queue)};
    return loss;
}

class ReconnectPausesTest : public testing::Test {
protected:
    /// The last of several pauses, each after the same loss.
    ReconnectPauses::Pause after(int times, Loss loss, Duration lasted = 2s) {
        loss.lasted = lasted;
        ReconnectPauses::Pause pause;
        for (int i = 0; i < times; ++i) pause = pauses_.after(loss);
        return pause;
    }

    ReconnectPauses pauses_{30s, 1};
};

TEST_F(ReconnectPausesTest, a_connection_that_worked_is_made_again_at_once) {
    EXPECT_EQ(after(20, lost()).length, 0s);
}

TEST_F(ReconnectPausesTest, one_that_worked_for_a_moment_is_made_again_after_a_moment) {
    const Duration pause = after(20, lost(), 10ms).length;

    EXPECT_GE(pause, 50ms);
    EXPECT_LE(pause, 100ms);
}

TEST_F(ReconnectPausesTest, one_that_never_worked_waits_longer_each_time) {
    const Loss never;

    EXPECT_EQ(after(1, never).length, 0s);
    EXPECT_GE(after(12, never).length, 15s);
    EXPECT_EQ(after(1, never).error, "");
}

TEST_F(ReconnectPausesTest, the_same_fault_twice_may_be_chance) {
    const auto pause = after(2, failed("UNEXPECTED_FRAME"));

    EXPECT_EQ(pause.length, 0s);
    EXPECT_EQ(pause.error, "");
}

TEST_F(ReconnectPausesTest, the_same_fault_three_times_is_said_and_slows_down_to_the_maximum) {
    const auto third = after(3, failed("UNEXPECTED_FRAME"));
    const auto thirteenth = after(10, failed("UNEXPECTED_FRAME"));

    EXPECT_GT(third.length, 0s);
    EXPECT_THAT(third.error, AllOf(HasSubstr("the consuming connection has now ended 3 times in a "
                                             "row with the same error after messages of queue "
                                             "pong.events: amqp://one: UNEXPECTED_FRAME; the next "
                                             "attempt is made in 0.1 s")));
    EXPECT_GE(thirteenth.length, 15s);
    EXPECT_LE(thirteenth.length, 30s);
    EXPECT_THAT(thirteenth.error, HasSubstr("ended 13 times"));
}

TEST_F(ReconnectPausesTest, faults_that_differ_in_numbers_or_urls_only_are_the_same) {
    after(1, failed("a frame of 10245 bytes", "q", "amqp://one"));
    after(1, failed("a frame of 10300 bytes", "q", "amqp://two"));

    EXPECT_THAT(after(1, failed("a frame of 9 bytes", "q", "amqp://one")).error,
                HasSubstr("3 times"));
}

TEST_F(ReconnectPausesTest, other_faults_other_queues_and_cut_connections_end_a_streak) {
    for (const Loss& other :
         {failed("NOT_ALLOWED"), failed("UNEXPECTED_FRAME", "pong.commands"), lost()}) {
        after(5, failed("UNEXPECTED_FRAME"));

        const auto pause = after(1, other);

        EXPECT_EQ(pause.length, 0s);
        EXPECT_EQ(pause.error, "");
    }
}

TEST_F(ReconnectPausesTest, a_connection_that_lasted_ends_a_streak_even_with_the_same_fault) {
    after(5, failed("CONNECTION_FORCED"));

    EXPECT_EQ(after(1, failed("CONNECTION_FORCED"), 61s).length, 0s);
    EXPECT_EQ(after(2, failed("CONNECTION_FORCED")).error, "");
}

TEST_F(ReconnectPausesTest, a_broker_that_is_away_in_between_does_not_end_a_streak) {
    after(2, failed("UNEXPECTED_FRAME"));
    after(3, Loss{});

    EXPECT_THAT(after(1, failed("UNEXPECTED_FRAME")).error, HasSubstr("3 times"));
}

TEST_F(ReconnectPausesTest, without_a_message_no_queue_is_blamed) {
    const std::string error = after(3, failed("CONNECTION_FORCED", "")).error;

    EXPECT_THAT(error, HasSubstr("with the same error: amqp://one: CONNECTION_FORCED"));
    EXPECT_EQ(error.find("queue"), std::string::npos) << error;
}

}  // namespace
}  // namespace eventail::bus
