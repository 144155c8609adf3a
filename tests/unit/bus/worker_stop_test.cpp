// Stopping, in every state: it ends by the deadline, acknowledges inputs whose messages are safe,
// and reports abandoned ones. (protocol.md, "Life of a service" and "Acknowledgement")
#include "support/fake_broker.hpp"

#include <gmock/gmock.h>

namespace eventail::bus {
namespace {

using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(WorkerStop, while_connecting) {
    FakeBroker broker;
    broker.begins_run();
    broker.lets_connect(LinkId::consuming);
    broker.lets_connect(LinkId::publishing);

    broker.stops();

    broker.expect_stopped();
}

TEST(WorkerStop, during_the_handshake) {
    FakeBroker broker;
    broker.is_reading = {false, false};
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.accepts_connection(LinkId::publishing);

    broker.stops();

    broker.expect_stopped();
}

TEST(WorkerStop, while_declaring) {
    FakeBroker broker;
    broker.consuming.instead = [](std::uint16_t, const wire::Method& method) {
        return std::holds_alternative<wire::QueueDeclare>(method);
    };
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);

    broker.stops();

    broker.expect_stopped();
}

TEST(WorkerStop, while_subscribing) {
    FakeBroker broker;
    broker.consuming.instead = [](std::uint16_t, const wire::Method& method) {
        return std::holds_alternative<wire::BasicConsume>(method);
    };
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.consuming.send(1, wire::BasicConsumeOk{.consumer_tag = "events"});
    broker.consuming.send(1, wire::BasicConsumeOk{.consumer_tag = "commands"});

    broker.stops();

    broker.expect_stopped();
}

TEST(WorkerStop, while_unconfigured) {
    FakeBroker broker({.config_keys = {"Limits"}});
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.accepts_connection(LinkId::publishing);
    broker.runs_job();

    broker.stops();

    broker.expect_stopped();
}

TEST(WorkerStop, while_idle_cancels_and_closes_channels_before_connections) {
    FakeBroker broker;
    broker.is_consuming();
    broker.consuming.methods.clear();
    broker.publishing.methods.clear();

    broker.stops();

    broker.expect_stopped();
    EXPECT_THAT(broker.consuming.methods,
                ElementsAre(HasSubstr("basic.cancel consumer_tag=events"),
                            HasSubstr("basic.cancel consumer_tag=commands"),
                            HasSubstr("channel.close"), HasSubstr("connection.close")));
    EXPECT_THAT(broker.publishing.methods,
                ElementsAre(HasSubstr("channel.close"), HasSubstr("channel.close"),
                            HasSubstr("connection.close")));
}

TEST(WorkerStop, while_a_handler_runs_waits_for_it_and_acknowledges_its_input) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(event());
    const auto job = broker.begins_job();

    broker.stops();
    broker.passes(20s);
    EXPECT_TRUE(broker.is_connected(LinkId::consuming));
    broker.publishes("Caused");
    broker.ends_job(*job);
    EXPECT_FALSE(broker.worker.is_finished());
    broker.confirms(1);

    broker.expect_stopped();
    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 1}));
}

TEST(WorkerStop, with_a_handler_that_does_not_end_closes_both_connections_at_the_deadline) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(event());
    const auto job = broker.begins_job();

    broker.stops();
    for (int i = 0; i < 30; ++i) broker.passes(1s);
    EXPECT_FALSE(broker.is_connected(LinkId::consuming));
    EXPECT_FALSE(broker.is_connected(LinkId::publishing));
    EXPECT_TRUE(broker.worker.is_ending());
    EXPECT_FALSE(broker.worker.is_finished());
    broker.takes_notices();
    EXPECT_EQ(broker.worker.next_deadline(), std::nullopt);
    broker.ends_job(*job);

    broker.expect_stopped();
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
}

TEST(WorkerStop, gives_back_what_no_handler_has_seen_at_once) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(event());
    broker.delivers(event());
    const auto job = broker.begins_job();

    broker.stops();
    EXPECT_FALSE(broker.worker.has_job());

    EXPECT_THAT(broker.takes_settlements(),
                ElementsAre(Settlement{
                    .delivery_tag = 2, .verb = Settlement::Verb::nack, .requeue = true}));
    broker.ends_job(*job);
    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 1}));
}

TEST(WorkerStop, gives_back_what_arrives_until_the_broker_has_cancelled) {
    FakeBroker broker;
    broker.consuming.instead = [](std::uint16_t, const wire::Method& method) {
        return std::holds_alternative<wire::BasicCancel>(method);
    };
    broker.is_consuming();
    broker.stops();

    broker.delivers(event());

    EXPECT_FALSE(broker.worker.has_job());
    EXPECT_THAT(broker.takes_settlements(),
                ElementsAre(Settlement{
                    .delivery_tag = 1, .verb = Settlement::Verb::nack, .requeue = true}));
}

TEST(WorkerStop, with_confirms_outstanding_waits_for_them) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");

    broker.stops();
    broker.passes(10s);
    EXPECT_FALSE(broker.worker.is_finished());
    broker.confirms(1);

    broker.expect_stopped();
}

TEST(WorkerStop, acknowledges_and_ends_as_soon_as_the_last_confirm_has_come) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(event());
    const auto job = broker.begins_job();
    broker.publishes("A");
    broker.ends_job(*job);
    broker.stops();

    broker.publishing.send(1, wire::BasicAck{.delivery_tag = 1});
    broker.worker.feed(LinkId::publishing, broker.publishing.to_send.view(), broker.now);
    broker.publishing.to_send.clear();
    broker.worker.tick(broker.now);

    EXPECT_TRUE(broker.worker.is_ending());
}

TEST(WorkerStop, says_at_the_deadline_that_a_handler_still_runs) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(event());
    const auto job = broker.begins_job();
    broker.stops();
    broker.takes_notices();

    for (int i = 0; i < 30; ++i) broker.passes(1s);

    EXPECT_THAT(broker.takes_notices(),
                Contains("WARNING user code still runs at the end of drain_timeout: the "
                         "connections are closed, and run() returns when it ends"));
    broker.ends_job(*job);
    broker.expect_stopped();
}

TEST(WorkerStop, says_what_it_abandons_at_the_deadline) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.publishes("B");
    broker.confirms(2);

    broker.stops();
    for (int i = 0; i < 30; ++i) broker.passes(1s);

    broker.expect_stopped(1);
    EXPECT_THAT(broker.takes_notices(),
                Contains(HasSubstr("EMERGENCY 1 message published but not confirmed")));
}

TEST(WorkerStop, with_a_retry_waiting_sends_it_at_once) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.nacks(1);
    broker.takes_published();

    broker.stops();
    EXPECT_THAT(broker.takes_published_names(), ElementsAre("A"));
    broker.confirms(2);

    broker.expect_stopped();
}

TEST(WorkerStop, a_nack_while_stopping_goes_out_again_at_once) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.stops();
    broker.takes_published();

    broker.nacks(1);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("A"));
    broker.confirms(2);
    broker.expect_stopped();
}

TEST(WorkerStop, but_what_is_nacked_again_and_again_goes_out_once_a_second) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.stops();
    broker.nacks(1);
    broker.takes_published();

    broker.nacks(2);

    EXPECT_THAT(broker.takes_published_names(), IsEmpty());
    broker.passes(1s);
    EXPECT_THAT(broker.takes_published_names(), ElementsAre("A"));
}

TEST(WorkerStop, sends_what_handlers_published_though_the_queue_of_their_input_is_deleted) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(event());
    const auto job = broker.begins_job();
    broker.publishes("Caused");
    broker.ends_job(*job);
    broker.stops();
    broker.takes_published();

    broker.cancels_consumer(Source::events);
    broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed);
    broker.nacks(1);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Caused"));
}

TEST(WorkerStop, while_blocked_waits_for_the_end_of_the_alarm) {
    FakeBroker broker;
    broker.is_consuming();
    broker.blocks();
    broker.publishes("A");

    broker.stops();
    broker.passes(5s);
    EXPECT_FALSE(broker.worker.is_finished());
    broker.unblocks();
    broker.confirms(1);

    broker.expect_stopped();
}

TEST(WorkerStop, while_blocked_ends_by_the_deadline_though_the_broker_reads_nothing) {
    FakeBroker broker;
    broker.is_consuming();
    broker.blocks();
    broker.is_reading[1] = false;
    broker.publishes("A");

    broker.stops();
    for (int i = 0; i < 30; ++i) broker.passes(1s);

    broker.expect_stopped(1);
}

TEST(WorkerStop, without_a_publishing_connection_gets_one_to_send_what_is_left) {
    FakeBroker broker;
    broker.is_consuming();
    broker.loses(LinkId::publishing);
    broker.publishes("A");

    broker.stops();
    broker.passes(1s);
    broker.accepts_connection(LinkId::publishing);
    broker.confirms(1);

    broker.expect_stopped();
}

TEST(WorkerStop, with_nothing_to_send_does_not_wake_the_shell_for_a_publishing_connection) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(event());
    const auto job = broker.begins_job();
    broker.loses(LinkId::publishing);

    broker.stops();
    broker.passes(5s);
    broker.takes_notices();

    ASSERT_TRUE(broker.worker.next_deadline());
    EXPECT_GT(*broker.worker.next_deadline(), broker.now);
    broker.ends_job(*job);
    broker.expect_stopped();
}

TEST(WorkerStop, handles_what_came_back_before_it_ends) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("nobody.Listens", true);
    broker.stops();

    broker.returns(broker.takes_published().at(0));
    broker.confirms(1);
    EXPECT_FALSE(broker.worker.is_finished());
    broker.runs_job();

    broker.expect_stopped();
}

TEST(WorkerStop, says_every_five_seconds_what_it_waits_for) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.publishes("B");
    broker.delivers(event());
    const auto job = broker.begins_job();
    broker.takes_notices();

    broker.stops();
    broker.passes(4s);
    EXPECT_THAT(broker.takes_notices(), ::testing::IsEmpty());
    broker.passes(1s);
    EXPECT_THAT(
        broker.takes_notices(),
        ::testing::ElementsAre("WARNING stopping since 5.0 s, waits for 1 call of user code "
                               "to end, 2 messages to be confirmed"));
    broker.ends_job(*job);
    broker.nacks(1);
    broker.takes_notices();
    broker.passes(5s);
    EXPECT_THAT(broker.takes_notices(),
                ::testing::ElementsAre("WARNING stopping since 10.0 s, waits for 2 messages to be "
                                       "confirmed (a queue refuses messages published to exchange "
                                       "events, key A)"));
}

}  // namespace
}  // namespace eventail::bus
