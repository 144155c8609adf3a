// Connections that the broker or the worker ends for an error: the known facts about the message
// that may cause it, and how attempts slow down.
#include "support/fake_broker.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

namespace eventail::bus {
namespace {

using namespace test;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class WorkerFault : public testing::Test {
protected:
    WorkerFault() { broker.is_consuming(WhenLost::connects_again); }

    /// All notices when the consuming connection ends like that three times in a row.
    std::vector<std::string> said_after_three(const std::function<void()>& ends) {
        for (int i = 0; i < 3; ++i) {
            ends();
            EXPECT_FALSE(broker.is_connected(LinkId::consuming));
            broker.accepts_next_connection(LinkId::consuming);
            broker.runs_job();
        }
        return broker.takes_notices();
    }
    static auto says_in_a_row(const std::string& with) {
        return Contains(AllOf(HasSubstr("ended 3 times in a row"), HasSubstr(with)));
    }

    FakeBroker broker;
};

TEST_F(WorkerFault, of_a_connection_that_the_broker_closed_names_the_queue_that_came_last) {
    const auto said = said_after_three([&] {
        broker.delivers(command());
        broker.delivers(event());
        broker.closes_connection(LinkId::consuming, wire::ReplyCode::not_implemented, "NO");
    });

    EXPECT_THAT(said, says_in_a_row("messages of queue pong.events: amqp://broker-0: NO"));
}

TEST_F(WorkerFault, amid_a_message_names_the_queue_of_that_message) {
    const auto said = said_after_three([&] {
        broker.delivers(event());
        broker.consuming.send(1, wire::BasicDeliver{.consumer_tag = "commands", .delivery_tag = 2});
        broker.sends(LinkId::consuming, 1, wire::BasicAck{.delivery_tag = 1});
        broker.loses(LinkId::consuming);
    });

    EXPECT_THAT(said, says_in_a_row("a method in the middle of a message"));
    EXPECT_THAT(said, says_in_a_row("pong.commands"));
}

TEST_F(WorkerFault, before_any_message_names_no_queue) {
    const auto said = said_after_three([&] {
        broker.closes_connection(LinkId::consuming, wire::ReplyCode::connection_forced, "forced");
    });

    EXPECT_THAT(said, says_in_a_row("with the same error: amqp://broker-0: forced"));
}

TEST_F(WorkerFault, is_a_delivery_out_of_order_and_said_to_be) {
    const auto said = said_after_three([&] {
        broker.delivers_with_tag(event(), 7);
        broker.loses(LinkId::consuming);
    });

    EXPECT_THAT(said, says_in_a_row("with tag 7 after tag 0"));
}

TEST_F(WorkerFault, is_not_a_connection_that_was_cut) {
    const auto said = said_after_three([&] {
        broker.delivers(event());
        broker.loses(LinkId::consuming);
    });

    EXPECT_THAT(said, Not(Contains(HasSubstr("in a row"))));
}

TEST_F(WorkerFault, is_a_channel_that_is_closed_again_as_soon_as_it_works) {
    const auto said = said_after_three([&] {
        for (int i = 0; i < 2; ++i) {
            broker.delivers(event());
            broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed,
                                  "PRECONDITION_FAILED - no");
        }
    });

    EXPECT_THAT(said, says_in_a_row("PRECONDITION_FAILED - no"));
    EXPECT_THAT(said, says_in_a_row("pong.events"));
}

TEST_F(WorkerFault, three_times_in_a_row_slows_attempts_down) {
    const auto pause_after_close = [&] {
        broker.closes_connection(LinkId::consuming, wire::ReplyCode::internal_error, "INTERNAL");
        const Duration pause = broker.accepts_next_connection(LinkId::consuming);
        broker.runs_job();
        return pause;
    };
    for (int i = 0; i < 2; ++i) EXPECT_LE(pause_after_close(), 110ms);

    Duration pause = {};
    for (int i = 0; i < 10; ++i) pause = pause_after_close();

    EXPECT_GE(pause, 10s);
}

TEST_F(WorkerFault, is_not_a_channel_that_is_closed_now_and_then) {
    for (int i = 0; i < 5; ++i) {
        broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed);
        broker.passes(1s);
    }

    EXPECT_TRUE(broker.is_connected(LinkId::consuming));
}

TEST_F(WorkerFault, of_the_publishing_connection_three_times_in_a_row_slows_attempts_down) {
    const auto pause_after_close = [&] {
        broker.closes_connection(LinkId::publishing, wire::ReplyCode::internal_error, "INTERNAL");
        const TimePoint closed = broker.now;
        while (!broker.accepts_connection(LinkId::publishing)) broker.passes(10ms);
        return broker.now - closed;
    };
    for (int i = 0; i < 2; ++i) EXPECT_LE(pause_after_close(), 110ms);
    EXPECT_THAT(broker.takes_notices(), Not(Contains(HasSubstr("in a row"))));

    Duration pause = {};
    for (int i = 0; i < 10; ++i) pause = pause_after_close();

    EXPECT_GE(pause, 10s);
    EXPECT_THAT(broker.takes_notices(),
                Contains(HasSubstr("ERROR the publishing connection has now ended 12 times in a "
                                   "row with the same error: amqp://broker-0: INTERNAL")));
}

TEST_F(WorkerFault, of_the_publishing_connection_is_forgotten_when_one_lasts) {
    const auto closes = [&] {
        broker.closes_connection(LinkId::publishing, wire::ReplyCode::internal_error, "INTERNAL");
        while (!broker.accepts_connection(LinkId::publishing)) broker.passes(10ms);
    };
    for (int i = 0; i < 8; ++i) closes();
    broker.passes(61s);

    const TimePoint before = broker.now;
    closes();

    EXPECT_LE(broker.now - before, 110ms);
}

}  // namespace
}  // namespace eventail::bus
