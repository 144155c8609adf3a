// Tries and verdicts of an endpoint's publications. Its connection is in
// sender_connection_test.cpp.
#include "support/sender_bench.hpp"

#include <gmock/gmock.h>

namespace eventail::bus {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using SenderTest = test::SenderBench;

TEST_F(SenderTest, a_confirm_is_the_verdict) {
    const Sequence sequence = publishes();
    accepts_connection();
    const auto before = takes_verdicts();

    acks(1);

    EXPECT_THAT(before, IsEmpty());
    const Verdict verdict = takes_verdict();
    EXPECT_EQ(verdict.sequence, sequence);
    EXPECT_EQ(verdict.error, std::nullopt);
    EXPECT_THAT(takes_published(), ElementsAre("id-1"));
}

TEST_F(SenderTest, a_nacked_message_goes_out_again_at_once_then_one_second_later_each_time) {
    publishes();
    accepts_connection();

    takes_published();
    nacks(1);
    const auto at_once = takes_published();
    nacks(2);
    passes(999ms);
    const auto too_early = takes_published();
    passes(1ms);
    const auto after_one = takes_published();
    nacks(3);
    passes(1999ms);
    const auto still_too_early = takes_published();
    passes(1ms);

    EXPECT_THAT(at_once, ElementsAre("id-1"));
    EXPECT_THAT(too_early, IsEmpty());
    EXPECT_THAT(after_one, ElementsAre("id-1"));
    EXPECT_THAT(still_too_early, IsEmpty());
    EXPECT_THAT(takes_published(), ElementsAre("id-1"));
    EXPECT_THAT(takes_verdicts(), IsEmpty());
}

TEST_F(SenderTest, after_the_last_retry_the_verdict_says_how_often_how_long_and_why) {
    publishes(2);
    accepts_connection();

    nacks(1);
    nacks(2);
    passes(1s);
    nacks(3);

    const Verdict verdict = takes_verdict();
    EXPECT_EQ(verdict.error, Errc::not_sent);
    EXPECT_EQ(verdict.failures, 3u);
    EXPECT_EQ(verdict.age, 1s);
    EXPECT_EQ(explain(verdict),
              "not confirmed after 3 tries (first 1.0 s ago): amqp://broker-0: refused by a queue "
              "(nack); is it full?");
    takes_published();
    passes(1h);
    EXPECT_THAT(takes_published(), IsEmpty());
}

TEST_F(SenderTest, a_lost_connection_is_a_failed_try_and_the_same_message_goes_out_on_the_next) {
    publishes(1);
    accepts_connection();

    loses_connection();
    const auto verdicts = takes_verdicts();
    accepts_connection();
    acks(1);

    EXPECT_THAT(verdicts, IsEmpty());
    EXPECT_THAT(takes_published(), ElementsAre("id-1", "id-1"));
    EXPECT_EQ(takes_verdict().error, std::nullopt);
}

TEST_F(SenderTest, a_connection_lost_in_the_last_try_is_named) {
    publishes(0);
    accepts_connection();

    loses_connection();

    EXPECT_EQ(explain(takes_verdict()),
              "not confirmed after 1 try (0.0 s ago): amqp://broker-0: connection reset");
}

TEST_F(SenderTest, a_confirm_that_does_not_come_in_time_is_a_failed_try) {
    publishes(1);
    accepts_connection();

    passes(confirm_timeout - 1ms);
    const auto before = takes_published();
    passes(1ms);
    const auto after = takes_published();
    passes(confirm_timeout);

    EXPECT_THAT(before, ElementsAre("id-1"));
    EXPECT_THAT(after, ElementsAre("id-1"));
    const Verdict verdict = takes_verdict();
    EXPECT_EQ(verdict.error, Errc::not_sent);
    EXPECT_THAT(verdict.reason, HasSubstr("no confirm within 30.0 s"));
}

TEST_F(SenderTest, the_confirm_of_an_earlier_copy_counts) {
    publishes();
    accepts_connection();
    passes(confirm_timeout);

    acks(1);
    const auto verdicts = takes_verdicts();
    acks(2);

    EXPECT_EQ(verdicts.size(), 1u);
    EXPECT_THAT(takes_verdicts(), IsEmpty());
}

TEST_F(SenderTest, a_confirm_in_the_pause_between_two_tries_counts) {
    publishes();
    accepts_connection();
    nacks(1);
    passes(confirm_timeout);
    takes_published();

    acks(2);
    passes(1s);

    EXPECT_EQ(takes_verdict().error, std::nullopt);
    EXPECT_THAT(takes_published(), IsEmpty());
}

TEST_F(SenderTest, a_nack_of_an_earlier_copy_in_the_pause_is_no_second_failure) {
    publishes(2);
    accepts_connection();
    nacks(1);
    passes(confirm_timeout);

    nacks(2);
    passes(1s);
    acks(3);

    const Verdict verdict = takes_verdict();
    EXPECT_EQ(verdict.error, std::nullopt);
    EXPECT_EQ(verdict.failures, 2u);
}

TEST_F(SenderTest, the_clock_of_the_confirm_stands_still_without_a_connection) {
    publishes(0);
    passes(confirm_timeout);
    const auto waiting = takes_verdicts();

    accepts_connection();
    passes(confirm_timeout - 1ms);
    const auto still_waiting = takes_verdicts();
    passes(1ms);

    EXPECT_THAT(waiting, IsEmpty());
    EXPECT_THAT(still_waiting, IsEmpty());
    EXPECT_EQ(takes_verdict().error, Errc::not_sent);
}

TEST_F(SenderTest, an_unroutable_mandatory_message_is_not_retried) {
    publishes();
    accepts_connection();
    takes_published();
    broker.send(1, wire::BasicReturn{.reply_code = 312, .exchange = "events"});
    wire::encode_content_header(broker.to_send, 1,
                                {.body_size = 0, .properties = {.message_id = "id-1"}});
    settles();

    acks(1);

    EXPECT_EQ(takes_verdict().error, Errc::unroutable);
    passes(1h);
    EXPECT_THAT(takes_published(), IsEmpty());
}

TEST_F(SenderTest, a_message_that_makes_the_broker_close_the_channel_is_found_among_the_others) {
    publishes(0);
    const Sequence bad = publishes();
    publishes(0);
    accepts_connection();
    takes_published();

    closes_channel(403, "no write permission");
    const auto first_alone = takes_published();
    acks(1);
    const auto second_alone = takes_published();
    closes_channel(
        403,
        "ACCESS_REFUSED - access to exchange 'events' in vhost '/' refused for user 'nowrite'");
    const auto third = takes_published();
    acks(1);

    EXPECT_THAT(first_alone, ElementsAre("id-1"));
    EXPECT_THAT(second_alone, ElementsAre("id-2"));
    EXPECT_THAT(third, ElementsAre("id-3"));
    const std::vector<Verdict> verdicts = takes_verdicts();
    ASSERT_EQ(verdicts.size(), 3u);
    EXPECT_EQ(verdicts[0].error, std::nullopt);
    EXPECT_EQ(verdicts[1].sequence, bad);
    EXPECT_EQ(verdicts[1].error, Errc::access_refused);
    EXPECT_EQ(explain(verdicts[1]),
              "amqp://broker-0: ACCESS_REFUSED - access to exchange 'events' in vhost '/' refused "
              "for user 'nowrite'; give the user the permission to write to it");
    EXPECT_EQ(verdicts[2].error, std::nullopt);
}

TEST_F(SenderTest, a_message_that_is_refused_for_what_it_is_is_a_failed_precondition) {
    publishes();
    accepts_connection();
    closes_channel(406, "message too large");

    closes_channel(406, "message too large");

    EXPECT_EQ(takes_verdict().error, Errc::precondition_failed);
}

TEST_F(SenderTest, a_channel_that_is_closed_for_other_reasons_again_and_again_counts_as_tries) {
    publishes(0);
    accepts_connection();

    closes_channel(404, "no such exchange");
    const auto verdicts = takes_verdicts();
    closes_channel(404, "no such exchange");

    EXPECT_THAT(verdicts, IsEmpty());
    EXPECT_EQ(takes_verdict().error, Errc::not_sent);
}

TEST_F(SenderTest, an_alarm_costs_those_no_tries_who_wait_for_ever) {
    publishes();
    accepts_connection();
    blocks();

    passes(confirm_timeout);
    passes(confirm_timeout);
    takes_published();
    unblocks();
    acks(1);

    EXPECT_EQ(takes_verdict().failures, 0u);
    EXPECT_THAT(takes_published(), IsEmpty());
}

TEST_F(SenderTest, an_alarm_costs_tries_where_they_are_limited) {
    publishes();
    accepts_connection();
    acks(1);
    takes_verdicts();
    blocks();

    publishes(0);
    passes(confirm_timeout);

    EXPECT_THAT(explain(takes_verdict()), HasSubstr("; the broker has an alarm"));
}

TEST_F(SenderTest, what_was_given_up_while_it_waited_is_never_sent) {
    publishes();
    accepts_connection();
    acks(1);
    blocks();
    publishes(0);
    passes(confirm_timeout);
    takes_published();

    unblocks();

    EXPECT_THAT(takes_published(), IsEmpty());
}

}  // namespace
}  // namespace eventail::bus
