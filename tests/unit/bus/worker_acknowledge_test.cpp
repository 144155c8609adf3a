// The fate of a message whose handler has ended, well or not. (protocol.md, "Acknowledgement:
// nothing is lost")
#include "support/fake_broker.hpp"

#include <gmock/gmock.h>

namespace eventail::bus {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Settlement ack_1{.delivery_tag = 1};
constexpr Settlement requeue_1{
    .delivery_tag = 1, .verb = Settlement::Verb::reject, .requeue = true};
constexpr Settlement give_back_1{
    .delivery_tag = 1, .verb = Settlement::Verb::nack, .requeue = true};
constexpr Settlement dead_letter_1{
    .delivery_tag = 1, .verb = Settlement::Verb::reject, .requeue = false};

class WorkerAcknowledges : public testing::Test {
protected:
    WorkerAcknowledges() {
        broker.is_consuming();
        broker.takes_notices();
    }

    FakeBroker broker;
};

TEST_F(WorkerAcknowledges, an_input_after_its_handler_has_ended) {
    broker.delivers(event());
    const auto job = broker.begins_job();
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());

    broker.ends_job(*job);

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(ack_1));
}

TEST_F(WorkerAcknowledges, an_input_after_what_its_handler_published_is_confirmed) {
    broker.delivers(event());
    const auto job = broker.begins_job();
    broker.publishes("Pinged");
    broker.ends_job(*job);
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());

    broker.confirms(1);

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(ack_1));
}

TEST_F(WorkerAcknowledges, an_input_after_what_any_thread_published_meanwhile_is_confirmed) {
    broker.delivers(event());
    const auto job = broker.begins_job();
    broker.publishes("PublishedByAnotherThread");
    broker.ends_job(*job);
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());

    broker.confirms(1);

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(ack_1));
}

TEST_F(WorkerAcknowledges, an_input_whatever_was_published_before_its_start_or_after_its_end) {
    broker.publishes("Before");
    broker.delivers(event());
    broker.runs_job();
    broker.publishes("After");

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(ack_1));
}

TEST_F(WorkerAcknowledges, a_held_input_only_when_told) {
    broker.delivers(event());
    const auto token = broker.runs_job({.end = End::held});
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
    broker.publishes("BeforeTheCall");
    broker.acknowledges(token);
    broker.publishes("AfterTheCall");
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());

    broker.confirms(1);

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(ack_1));
}

TEST_F(WorkerAcknowledges, nothing_by_a_stale_token_after_a_reconnect) {
    broker.delivers(event());
    const auto stale = broker.runs_job({.end = End::held});
    broker.loses(LinkId::consuming);
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.runs_job();
    broker.delivers(event());
    const auto fresh = broker.runs_job({.end = End::held});

    broker.acknowledges(stale);
    broker.acknowledges(stale, true);
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
    broker.acknowledges(fresh);

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(ack_1));
}

TEST_F(WorkerAcknowledges, a_failed_input_by_giving_it_back_once) {
    broker.delivers(event());

    broker.runs_job({.end = End::failed, .error = "no such user"});

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(requeue_1));
    EXPECT_THAT(broker.takes_notices(),
                ElementsAre("ALERT event Ticked: no such user; given back to the queue"));
}

TEST_F(WorkerAcknowledges, a_failed_input_and_lets_nobody_sleep_before_that_is_told) {
    broker.takes_notices();
    broker.delivers(event());
    const auto job = broker.begins_job();
    const TimePoint failed_at = broker.now + 3s;
    ASSERT_NE(broker.worker.next_deadline(), TimePoint::min());

    broker.worker.job_ended(*job, {.end = End::failed}, 1, failed_at);

    EXPECT_EQ(broker.worker.next_deadline(), TimePoint::min());
    ASSERT_EQ(broker.worker.notices().size(), 1u);
    EXPECT_EQ(broker.worker.notices().front().at, failed_at);
    broker.takes_notices();
    EXPECT_NE(broker.worker.next_deadline(), TimePoint::min());
}

TEST_F(WorkerAcknowledges, an_input_that_failed_again_by_dead_lettering_it) {
    broker.delivers(redelivered_event());

    broker.runs_job({.end = End::failed, .error = "no such user"});

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(dead_letter_1));
    EXPECT_THAT(broker.takes_notices(),
                ElementsAre("EMERGENCY event Ticked: no such user; it was redelivered before: "
                            "dead-lettered",
                            HasSubstr("WARNING dead-lettered for the first time")));
}

TEST_F(WorkerAcknowledges, an_input_without_a_handler_as_a_failed_one_with_an_error) {
    broker.delivers(command());
    broker.runs_job({.end = End::unhandled, .error = "there is no handler"});

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(requeue_1));
    EXPECT_THAT(broker.takes_notices(), ElementsAre(HasSubstr("ERROR command pong.Echo: there")));
}

TEST_F(WorkerAcknowledges, content_that_its_handler_does_not_take_as_poison) {
    broker.delivers(event());

    broker.runs_job({.end = End::unfit, .error = "count: expected an integer, got null"});

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(dead_letter_1));
    EXPECT_THAT(broker.takes_notices(),
                ElementsAre(HasSubstr("EMERGENCY dead-lettered: count: expected an integer, got "
                                      "null (routing key 'Ticked'"),
                            HasSubstr("WARNING dead-lettered for the first time")));
}

TEST_F(WorkerAcknowledges, what_back_pressure_or_a_stop_interrupted_by_giving_it_back_always) {
    broker.delivers(redelivered_event());

    broker.runs_job({.end = End::give_back});

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(give_back_1));
    EXPECT_THAT(broker.takes_notices(), IsEmpty());
}

TEST_F(WorkerAcknowledges, what_a_failed_handler_published_stays_published) {
    broker.delivers(event());
    const auto job = broker.begins_job();
    broker.publishes("Pinged");
    broker.ends_job(*job, {.end = End::failed});

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(requeue_1));
    broker.nacks(1);
    broker.passes(15s);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Pinged", "Pinged"));
}

TEST_F(WorkerAcknowledges, poison_by_dead_lettering_it_at_once_without_a_job) {
    Sending without_conversation = event();
    without_conversation.has_conversation = false;
    Sending truncated = event();
    truncated.body = "\x82\x01";
    Sending neither_command_nor_result = command();
    neither_command_nor_result.reply_to.clear();

    broker.delivers(without_conversation);
    broker.delivers(truncated);
    broker.delivers(neither_command_nor_result);

    EXPECT_FALSE(broker.worker.has_job());
    EXPECT_THAT(
        broker.takes_settlements(),
        ElementsAre(dead_letter_1, Settlement{.delivery_tag = 2, .verb = Settlement::Verb::reject},
                    Settlement{.delivery_tag = 3, .verb = Settlement::Verb::reject}));
    EXPECT_THAT(broker.takes_notices(),
                ElementsAre(HasSubstr("EMERGENCY dead-lettered: from queue pong.events: "
                                      "conversation_id is missing"),
                            HasSubstr("WARNING dead-lettered for the first time"),
                            HasSubstr("EMERGENCY dead-lettered: "),
                            HasSubstr("pong.commands: neither reply_to nor status")));
}

TEST_F(WorkerAcknowledges, content_headers_that_are_too_large_to_read_by_dead_lettering_them) {
    Sending unreadable = command();
    unreadable.filler_bytes = 1'200'000;

    broker.delivers(unreadable);
    broker.delivers(event());
    broker.runs_job();

    EXPECT_THAT(broker.takes_settlements(),
                ElementsAre(dead_letter_1, Settlement{.delivery_tag = 2}));
    EXPECT_THAT(broker.takes_notices(),
                Contains(AllOf(
                    HasSubstr("EMERGENCY dead-lettered: from queue pong.commands: cannot be read"),
                    HasSubstr("content header of 1200"), HasSubstr("exchange 'commands'"),
                    HasSubstr("routing key 'pong.Echo'"))));
}

TEST(WorkerAcknowledgesInSmallFrames, inputs_with_content_headers_beyond_frame_max) {
    FakeBroker broker({.frame_max = 4096});
    broker.is_consuming();
    Sending sending = event();
    sending.filler_bytes = 10'000;

    broker.delivers(sending);
    broker.runs_job();

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 1}));
    EXPECT_TRUE(broker.is_connected(LinkId::consuming));
}

TEST_F(WorkerAcknowledges, good_inputs_among_poison) {
    Sending poison = event();
    poison.has_conversation = false;
    std::size_t acked = 0;
    std::size_t dead_lettered = 0;

    for (int i = 0; i < 100; ++i) {
        broker.delivers(poison);
        broker.delivers(event());
        broker.runs_job();
        for (const Settlement& each : broker.takes_settlements()) {
            ++(each.verb == Settlement::Verb::ack ? acked : dead_lettered);
        }
    }

    EXPECT_EQ(acked, 100u);
    EXPECT_EQ(dead_lettered, 100u);
}

TEST_F(WorkerAcknowledges, several_inputs_at_once_over_a_contiguous_prefix) {
    broker.delivers(event());
    broker.delivers(event());
    broker.delivers(event());
    for (int i = 0; i < 3; ++i) {
        const auto job = broker.begins_job();
        broker.publishes("Pinged");
        broker.ends_job(*job);
    }

    broker.confirms(3, true);

    EXPECT_THAT(broker.takes_settlements(),
                ElementsAre(Settlement{.delivery_tag = 3, .multiple = true}));
}

TEST_F(WorkerAcknowledges, an_input_that_waits_for_a_nacked_message_when_that_is_confirmed) {
    broker.delivers(event());
    const auto job = broker.begins_job();
    const std::string id = broker.publishes("Pinged");
    broker.ends_job(*job);
    broker.nacks(1);
    broker.passes(15s - 1ms);
    ASSERT_THAT(broker.takes_published_names(), ElementsAre("Pinged"));

    broker.passes(1ms);
    const auto again = broker.takes_published();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].message_id, id);
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
    broker.confirms(2);

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(ack_1));
}

TEST_F(WorkerAcknowledges, an_input_that_waits_for_an_unroutable_message_when_that_was_handled) {
    broker.delivers(event());
    const auto job = broker.begins_job();
    broker.publishes("nobody.Listens", true);
    broker.ends_job(*job);
    broker.returns(broker.takes_published().at(0));
    broker.confirms(1);
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());

    const auto come_back = broker.begins_job();
    ASSERT_TRUE(come_back);
    const auto* returned = std::get_if<ReturnedJob>(&come_back->work);
    ASSERT_NE(returned, nullptr);
    EXPECT_EQ(returned->message.name, "nobody.Listens");
    EXPECT_EQ(returned->message.reply_code, 312);
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
    broker.ends_job(*come_back);

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(ack_1));
}

TEST_F(WorkerAcknowledges, an_input_while_the_broker_takes_no_messages) {
    broker.blocks();
    broker.delivers(event());
    broker.runs_job();

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(ack_1));
}

TEST_F(WorkerAcknowledges, by_hand_as_soon_as_it_is_asked_to_and_waits_for_nothing_else) {
    broker.delivers(event());
    const Job* const job = broker.begins_job();
    const DeliveryToken token = job->token;
    broker.publishes("Pinged");
    broker.ends_job(*job, {.end = End::held});
    broker.confirms(1);

    broker.intake.settle({.token = token, .accepted_before = broker.intake.next_sequence()});
    Intake::Batch batch;
    broker.intake.take(batch);
    broker.worker.absorb(batch);

    EXPECT_FALSE(broker.worker.output(LinkId::consuming, broker.now)->empty());
}

TEST_F(WorkerAcknowledges, an_input_by_hand_and_says_so_when_its_handler_throws_after_that) {
    broker.delivers(event());

    const auto job = broker.begins_job();
    broker.acknowledges(job->token);
    broker.ends_job(*job, {.end = End::failed, .error = "the handler threw: oops"});

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 1}));
    EXPECT_THAT(broker.takes_notices(),
                ElementsAre("ALERT event Ticked: the handler threw: oops; it stays as it was "
                            "settled by hand"));
}

TEST(WorkerPoison, a_thousand_messages_in_a_second_are_two_lines) {
    FakeBroker broker({.prefetch_count = 1000});
    broker.is_consuming();
    broker.takes_notices();

    for (int i = 0; i < 1000; ++i) broker.delivers({.has_conversation = false});
    broker.passes(1s);

    const std::vector<std::string> notices = broker.takes_notices();
    EXPECT_EQ(std::ranges::count_if(
                  notices, [](const auto& each) { return each.starts_with("EMERGENCY dead"); }),
              2);
    EXPECT_THAT(notices.back(), ::testing::HasSubstr("999 more lines like this within a second"));
}

}  // namespace
}  // namespace eventail::bus
