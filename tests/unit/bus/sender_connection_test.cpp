// An endpoint's connection: when it connects, the meaning of failures, how it closes.
#include "support/sender_bench.hpp"

#include <gmock/gmock.h>

namespace eventail::bus {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using SenderConnectionTest = test::SenderBench;

TEST_F(SenderConnectionTest, nothing_is_connected_before_there_is_something_to_send) {
    uses(1);

    EXPECT_EQ(accepts_connection(), std::nullopt);
    EXPECT_EQ(sender->next_deadline(), std::nullopt);
}

TEST_F(SenderConnectionTest, a_try_fails_when_each_url_has_failed_once) {
    uses(2);
    publishes(0);

    const auto first = refuses_connection();
    const auto between = takes_verdicts();
    const auto second = refuses_connection();

    EXPECT_EQ(first, 0u);
    EXPECT_THAT(between, IsEmpty());
    EXPECT_EQ(second, 1u);
    EXPECT_EQ(explain(takes_verdict()),
              "not confirmed after 1 try (0.0 s ago): connection refused");
}

TEST_F(SenderConnectionTest, a_try_goes_through_the_urls_again_as_often_as_asked_a_second_apart) {
    uses(1, 1);
    publishes(0);

    refuses_connection();
    const auto too_early = refuses_connection();
    const auto wait = time_to_next_deadline();
    passes(1s);
    const auto again = refuses_connection();

    EXPECT_EQ(too_early, std::nullopt);
    EXPECT_LE(wait, 1s);
    EXPECT_EQ(again, 0u);
    EXPECT_EQ(takes_verdict().failures, 1u);
}

TEST_F(SenderConnectionTest, without_a_broker_it_connects_in_the_rhythm_of_the_tries) {
    publishes(2);

    EXPECT_TRUE(refuses_connection());
    EXPECT_TRUE(refuses_connection());
    EXPECT_FALSE(refuses_connection());
    passes(1s);
    EXPECT_TRUE(refuses_connection());

    EXPECT_EQ(takes_verdict().failures, 3u);
    EXPECT_FALSE(refuses_connection());
}

TEST_F(SenderConnectionTest, a_handshake_that_fails_is_an_attempt_that_failed) {
    publishes(0);
    broker.instead = [](std::uint16_t, const wire::Method& method) {
        return std::holds_alternative<wire::ConnectionOpen>(method);
    };
    accepts_connection();

    loses_connection();

    EXPECT_EQ(takes_verdict().error, Errc::not_sent);
}

TEST_F(SenderConnectionTest, a_login_refused_everywhere_is_an_error_at_once_for_all) {
    uses(2);
    publishes();
    publishes(5);

    refuses_login();
    const auto between = takes_verdicts();
    refuses_login();

    EXPECT_THAT(between, IsEmpty());
    const std::vector<Verdict> verdicts = takes_verdicts();
    ASSERT_EQ(verdicts.size(), 2u);
    EXPECT_EQ(verdicts[0].error, Errc::access_refused);
    EXPECT_EQ(verdicts[1].error, Errc::access_refused);
    EXPECT_THAT(explain(verdicts[0]), HasSubstr("amqp://broker-1: who?"));
}

TEST_F(SenderConnectionTest, a_login_refused_by_one_broker_of_two_is_a_failed_attempt) {
    uses(2);
    publishes();

    refuses_login();
    refuses_connection();

    EXPECT_THAT(takes_verdicts(), IsEmpty());
    EXPECT_EQ(accepts_connection(), 0u);
}

TEST_F(SenderConnectionTest, after_a_refused_login_the_next_publication_asks_every_url_again) {
    uses(2);
    publishes();
    refuses_login();
    refuses_login();
    takes_verdicts();

    publishes();
    refuses_login();
    const auto verdicts = takes_verdicts();
    accepts_connection();
    acks(1);

    EXPECT_THAT(verdicts, IsEmpty());
    EXPECT_EQ(takes_verdict().error, std::nullopt);
}

TEST_F(SenderConnectionTest, a_declare_that_is_refused_is_an_error_at_once) {
    publishes();
    bool has_refused = false;
    broker.instead = [&](std::uint16_t channel, const wire::Method& method) {
        if (channel != Publisher::confirm_channel) return false;
        if (has_refused) return true;
        if (!std::holds_alternative<wire::ExchangeDeclare>(method)) return false;
        has_refused = true;
        broker.send(channel, wire::ChannelClose{.reply_code = 403, .reply_text = "not yours"});
        return true;
    };

    accepts_connection();

    const Verdict verdict = takes_verdict();
    EXPECT_EQ(verdict.error, Errc::access_refused);
    EXPECT_EQ(
        explain(verdict),
        "amqp://broker-0: not yours; give the user the permission: configure to declare, write "
        "to publish and to bind a queue, read to consume and to bind to an exchange");
    EXPECT_FALSE(is_connected);
    ASSERT_EQ(sender->notices().size(), 1u);
    EXPECT_EQ(sender->notices()[0].text, "connection not made: amqp://broker-0: not yours");
}

TEST_F(SenderConnectionTest, an_idle_connection_that_is_lost_is_made_again_for_the_next) {
    publishes();
    accepts_connection();
    acks(1);

    loses_connection();
    const auto while_idle = accepts_connection();
    publishes(0);
    const auto for_the_next = accepts_connection();
    acks(1);

    EXPECT_EQ(while_idle, std::nullopt);
    EXPECT_TRUE(for_the_next);
    EXPECT_EQ(takes_verdicts().size(), 2u);
}

TEST_F(SenderConnectionTest, a_message_that_was_not_sent_yet_loses_no_try_with_the_connection) {
    publishes();
    accepts_connection();
    acks(1);
    takes_verdicts();
    blocks();
    publishes(0);

    loses_connection();
    accepts_connection();
    acks(1);

    EXPECT_EQ(takes_verdict().error, std::nullopt);
}

TEST_F(SenderConnectionTest, the_clock_of_a_message_not_sent_yet_stops_with_the_connection) {
    publishes();
    accepts_connection();
    acks(1);
    takes_verdicts();
    blocks();
    publishes(0);

    loses_connection();
    passes(confirm_timeout);

    EXPECT_THAT(takes_verdicts(), IsEmpty());
}

TEST_F(SenderConnectionTest, a_connection_blocked_for_too_long_is_given_up) {
    uses(1, 0, 1min);
    publishes();
    accepts_connection();
    blocks();

    passes(1min);

    EXPECT_FALSE(is_connected);
    EXPECT_TRUE(accepts_connection());
}

TEST_F(SenderConnectionTest, logs_alone_make_a_connection) {
    logs("hello");

    EXPECT_TRUE(accepts_connection());
    EXPECT_THAT(takes_published(), ElementsAre("log"));
}

TEST_F(SenderConnectionTest, logs_that_were_refused_once_make_the_next_connection_all_the_same) {
    logs("refused");
    ASSERT_TRUE(accepts_connection());
    for (int i = 0; i < 2; ++i) {
        sends(Publisher::log_channel, wire::ChannelClose{.reply_code = 404, .reply_text = "gone"});
    }
    loses_connection();

    logs("hello again");

    EXPECT_TRUE(accepts_connection());
}

TEST_F(SenderConnectionTest, for_logs_alone_it_does_not_hurry) {
    logs("hello");

    EXPECT_TRUE(refuses_connection());
    EXPECT_TRUE(refuses_connection());
    logs("still there?");
    EXPECT_FALSE(refuses_connection());
    EXPECT_EQ(time_to_next_deadline(), 1s);
    passes(1s);
    EXPECT_TRUE(refuses_connection());
}

TEST_F(SenderConnectionTest, logs_that_do_not_fit_are_dropped_and_counted) {
    const std::string large(100'000, 'x');
    for (int i = 0; i < 15; ++i) logs(large);

    EXPECT_EQ(sender->dropped_logs(), 5u);
}

TEST_F(SenderConnectionTest, closing_ends_channels_and_connection) {
    publishes();
    accepts_connection();
    acks(1);

    sender->begin_close(now);
    settles();

    EXPECT_TRUE(sender->is_closed());
    EXPECT_THAT(broker.methods, Contains(HasSubstr("channel.close")));
    EXPECT_THAT(broker.methods, Contains(HasSubstr("connection.close")));
}

TEST_F(SenderConnectionTest, closing_without_a_connection_is_done_at_once) {
    uses(1);

    sender->begin_close(now);

    EXPECT_TRUE(sender->is_closed());
    EXPECT_LE(time_to_next_deadline(), 0s);
}

TEST_F(SenderConnectionTest, closing_waits_for_a_connection_that_logs_need) {
    logs("last words");
    sender->begin_close(now);

    accepts_connection();

    EXPECT_THAT(takes_published(), ElementsAre("log"));
    EXPECT_TRUE(sender->is_closed());
}

TEST_F(SenderConnectionTest, closing_gives_up_logs_after_a_second) {
    logs("last words");
    refuses_connection();
    sender->begin_close(now);

    passes(999ms);
    const bool was_closed = sender->is_closed();
    passes(1ms);

    EXPECT_FALSE(was_closed);
    EXPECT_TRUE(sender->is_closed());
}

TEST_F(SenderConnectionTest, closing_ends_after_two_seconds_if_the_broker_does_not_answer) {
    publishes();
    accepts_connection();
    acks(1);
    broker.instead = [](std::uint16_t, const wire::Method&) { return true; };
    sender->begin_close(now);
    settles();

    passes(1999ms);
    const bool was_closed = sender->is_closed();
    passes(1ms);

    EXPECT_FALSE(was_closed);
    EXPECT_TRUE(sender->is_closed());
}

TEST_F(SenderConnectionTest, one_channel_is_enough_for_what_is_published) {
    channel_max = 1;
    logs("hello");
    publishes();

    accepts_connection();
    acks(1);

    EXPECT_EQ(takes_published(), std::vector<std::string>{"id-1"});
    EXPECT_FALSE(takes_verdict().error);
    EXPECT_EQ(sender->dropped_logs(), 1u);
}

}  // namespace
}  // namespace eventail::bus
