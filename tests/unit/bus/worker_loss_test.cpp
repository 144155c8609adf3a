// Which messages are resent when connections and channels are lost, and which are not.
// (protocol.md, "Acknowledgement: nothing is lost")
#include "support/fake_broker.hpp"

#include <gmock/gmock.h>

namespace eventail::bus {
namespace {

using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A service with a handler that has published "Caused" and ended; "Other" was published meanwhile.
void causes(FakeBroker& broker, const Sending& input) {
    broker.delivers(input);
    const auto job = broker.begins_job();
    ASSERT_TRUE(job);
    broker.publishes("Caused");
    broker.publishes("Other");
    broker.ends_job(*job);
    ASSERT_THAT(broker.takes_published_names(), ElementsAre("Caused", "Other"));
}

void runs_again(FakeBroker& broker) {
    ASSERT_TRUE(broker.worker.is_finished());
    broker.begins_run();
    broker.accepts_connection(LinkId::publishing);
    broker.accepts_connection(LinkId::consuming);
    broker.runs_job();
}

TEST(WorkerLoss, unconfirmed_messages_go_out_again_in_order_with_their_ids_before_newer_ones) {
    FakeBroker broker;
    broker.is_consuming();
    const std::string first = broker.publishes("First");
    broker.publishes("Confirmed");
    const std::string third = broker.publishes("Third");
    broker.confirms(2);
    broker.nacks(1);
    broker.takes_published();

    broker.loses(LinkId::publishing);
    broker.publishes("Newer");
    broker.passes(1s);
    broker.accepts_connection(LinkId::publishing);

    const auto again = broker.takes_published();
    ASSERT_EQ(again.size(), 3u);
    EXPECT_EQ(again[0].message_id, first);
    EXPECT_EQ(again[1].message_id, third);
    EXPECT_EQ(again[2].name, "Newer");
    EXPECT_EQ(broker.worker.resent(), 2u);
}

TEST(WorkerLoss, messages_published_between_runs_go_out_in_the_next_one) {
    FakeBroker broker;
    broker.publishes("BeforeTheFirst");
    broker.is_consuming();
    EXPECT_THAT(broker.takes_published_names(), ElementsAre("BeforeTheFirst"));
    broker.confirms(1);
    broker.loses(LinkId::consuming);
    broker.publishes("Between");

    runs_again(broker);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Between"));
}

// Only the broker knows whether the input comes again: it may have expired, been dropped or purged.
TEST(WorkerLoss, what_a_handler_published_is_resent_whatever_becomes_of_its_input) {
    FakeBroker broker;
    broker.is_consuming();
    causes(broker, event());

    broker.loses(LinkId::publishing);
    broker.loses(LinkId::consuming);
    runs_again(broker);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Caused", "Other"));
}

TEST(WorkerLoss, all_are_resent_if_only_the_publishing_connection_died) {
    FakeBroker broker;
    broker.is_consuming();
    causes(broker, event());

    broker.loses(LinkId::publishing);
    broker.passes(1s);
    broker.accepts_connection(LinkId::publishing);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Caused", "Other"));
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
    broker.confirms(2, true);
    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 1}));
}

TEST(WorkerLoss, messages_of_inputs_from_a_deleted_queue_are_resent) {
    FakeBroker broker;
    broker.is_consuming();
    causes(broker, event());

    broker.cancels_consumer(Source::events);
    broker.passes(1s);
    runs_again(broker);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Caused", "Other"));
}

TEST(WorkerLoss, what_is_under_way_may_still_be_confirmed_when_the_consuming_connection_is_lost) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("Under way");

    broker.loses(LinkId::consuming);
    EXPECT_FALSE(broker.worker.is_finished());
    broker.confirms(1);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
    EXPECT_EQ(broker.worker.unsettled(), 0u);
}

TEST(WorkerLoss, but_not_for_longer_than_a_second) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("Under way");

    broker.loses(LinkId::consuming);
    broker.passes(1s);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
    EXPECT_EQ(broker.worker.unsettled(), 1u);
}

TEST(WorkerLoss, what_a_running_handler_publishes_after_its_channel_died_is_sent) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(event());
    const auto job = broker.begins_job();

    broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed);
    broker.publishes("Caused");
    broker.ends_job(*job);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Caused"));
}

TEST(WorkerLoss, what_a_handler_published_is_resent_after_a_nack_though_its_channel_died) {
    FakeBroker broker;
    broker.is_consuming();
    causes(broker, event());

    broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed);
    broker.nacks(1);
    broker.passes(15s);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Caused"));
}

TEST(WorkerLoss, a_stop_that_loses_its_consuming_connection_still_sends_what_handlers_published) {
    FakeBroker broker;
    broker.is_consuming();
    causes(broker, event());

    broker.worker.stop(broker.now, false);
    broker.loses(LinkId::publishing);
    broker.loses(LinkId::consuming);
    broker.passes(1s);
    broker.accepts_connection(LinkId::publishing);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Caused", "Other"));
}

TEST(WorkerLoss, a_consuming_channel_closed_by_the_broker_is_set_up_again_on_its_connection) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(event());
    const auto job = broker.begins_job();
    broker.takes_notices();

    broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed,
                          "delivery acknowledgement timed out");

    EXPECT_TRUE(broker.worker.is_consuming());
    EXPECT_THAT(broker.takes_notices(), ElementsAre(HasSubstr("acknowledgement timed out")));
    broker.runs_job();
    broker.ends_job(*job);
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
    broker.delivers(redelivered_event());
    broker.runs_job();
    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 1}));
}

TEST(WorkerLoss, an_exclusive_queue_is_kept_with_its_messages_when_only_the_channel_died) {
    FakeBroker broker({.config_keys = {"Limits"}});
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.consuming.methods.clear();

    broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed);

    EXPECT_THAT(broker.consuming.methods,
                Contains(HasSubstr("queue.declare queue=amq.gen-1 passive=true")));
    EXPECT_THAT(broker.consuming.methods, Contains(HasSubstr("basic.consume queue=amq.gen-1")));
    EXPECT_THAT(broker.consuming.methods, Not(Contains(HasSubstr("queue.delete"))));
}

TEST(WorkerLoss, a_cancelled_consumer_is_a_lost_connection) {
    FakeBroker broker;
    broker.is_consuming();
    broker.takes_notices();

    broker.cancels_consumer(Source::events);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
    EXPECT_THAT(broker.takes_notices(),
                Contains(HasSubstr("cancelled the consumer of queue pong.events")));
    runs_again(broker);
    EXPECT_TRUE(broker.worker.is_consuming());
}

TEST(WorkerLoss, a_silent_broker_is_given_up_after_two_heartbeats) {
    FakeBroker broker;
    broker.is_consuming();

    broker.passes(2min);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
}

}  // namespace
}  // namespace eventail::bus
