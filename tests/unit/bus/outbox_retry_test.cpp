// The meaning of a nack, and messages whose owner decides about retries.
#include "bus/outbox.hpp"
#include "support/outbox_bench.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>

namespace eventail::bus {

bool operator==(const Outbox::Report& left, const Outbox::Report& right) {
    return left.sequence == right.sequence && left.fate == right.fate;
}

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using OutboxRetries = test::OutboxBench;
using OwnedMessages = test::OutboxBench;
using Fate = Outbox::Fate;
using Report = Outbox::Report;

TEST_F(OutboxRetries, a_nacked_message_goes_out_again_after_the_delay_as_the_same_bytes) {
    publishes({}, "all properties");
    const auto first = outbox.next();
    nacks(1);

    passes(15s - 1ms);
    EXPECT_FALSE(outbox.next());
    passes(1ms);
    const auto second = outbox.next();

    ASSERT_TRUE(second);
    EXPECT_EQ(outbox.resent(), 1u);
    EXPECT_EQ(second->segment, first->segment);
    EXPECT_EQ(second->offset, first->offset);
    EXPECT_EQ(second->length, first->length);
    EXPECT_EQ(outbox.resent(), 1u);
}

TEST_F(OutboxRetries, the_delay_doubles_with_each_nack_up_to_8_times) {
    publishes();
    sends();

    std::uint64_t tag = 1;
    for (const int factor : {1, 2, 4, 8, 8, 8}) {
        nacks(tag++);
        EXPECT_EQ(outbox.next_retry(), now + retry_delay * factor);
        passes(retry_delay * factor);
        ASSERT_EQ(sends(), Sequences{1});
    }
}

TEST_F(OutboxRetries, what_was_nacked_is_not_settled_until_a_later_try_is_confirmed) {
    publishes();
    sends();
    nacks(1);
    EXPECT_FALSE(outbox.is_settled(1));
    passes(15s);
    sends();
    EXPECT_FALSE(outbox.is_settled(1));

    acks(2);

    EXPECT_TRUE(outbox.is_settled(1));
    EXPECT_EQ(outbox.next_retry(), std::nullopt);
}

TEST_F(OutboxRetries, a_retry_holds_up_nothing_else_and_goes_before_what_is_newer_when_due) {
    publishes();
    sends();
    nacks(1);
    publishes();
    EXPECT_EQ(sends(), Sequences{2});
    publishes();

    passes(15s);

    EXPECT_EQ(sends(), (Sequences{1, 3}));
}

TEST_F(OutboxRetries, a_multiple_nack_retries_all_up_to_its_tag) {
    publishes();
    publishes();
    publishes();
    sends();

    nacks(2, true);
    passes(15s);

    EXPECT_EQ(sends(), (Sequences{1, 2}));
}

TEST_F(OutboxRetries, all_retries_go_out_at_once_when_stopping) {
    publishes();
    publishes();
    sends();
    nacks(1);
    nacks(2);

    outbox.retry_due(now, true);

    EXPECT_EQ(sends(), (Sequences{1, 2}));
}

TEST_F(OwnedMessages, a_confirm_is_reported) {
    publishes_for_owner();
    sends();

    acks(1);

    EXPECT_THAT(outbox.reports(), ElementsAre(Report{1, Fate::confirmed}));
}

TEST_F(OwnedMessages, a_nack_is_reported_and_only_the_owner_sends_again) {
    publishes_for_owner();
    sends();

    nacks(1);
    passes(1h);
    EXPECT_THAT(outbox.reports(), ElementsAre(Report{1, Fate::nacked}));
    EXPECT_FALSE(outbox.next());
    outbox.resend(1);

    EXPECT_EQ(sends(), Sequences{1});
}

TEST_F(OwnedMessages, a_lost_connection_is_reported_and_only_the_owner_sends_again) {
    publishes_for_owner();
    sends();

    outbox.connection_lost();

    EXPECT_THAT(outbox.reports(), ElementsAre(Report{1, Fate::lost}));
    EXPECT_FALSE(outbox.next());
}

TEST_F(OwnedMessages, what_was_never_sent_waits_for_the_next_connection_unreported) {
    publishes_for_owner();

    outbox.connection_lost();

    EXPECT_THAT(outbox.reports(), ElementsAre());
    EXPECT_EQ(sends(), Sequences{1});
}

TEST_F(OwnedMessages, a_resend_that_was_not_needed_is_confirmed_once) {
    publishes_for_owner();
    sends();
    outbox.resend(1);
    sends();

    acks(2, true);

    EXPECT_THAT(outbox.reports(), ElementsAre(Report{1, Fate::confirmed}));
    EXPECT_EQ(outbox.in_flight(), 0u);
    EXPECT_EQ(outbox.unsettled(), 0u);
}

TEST_F(OwnedMessages, one_that_comes_back_is_reported_as_unroutable) {
    publishes({.key = 5, .retry = Retry::by_owner});
    sends();

    outbox.returned(5);
    acks(1);

    EXPECT_THAT(outbox.reports(), ElementsAre(Report{1, Fate::unroutable}));
}

TEST_F(OwnedMessages, a_return_counts_for_its_own_try_only) {
    publishes({.key = 5, .retry = Retry::by_owner});
    sends();
    outbox.returned(5);
    outbox.connection_lost();
    outbox.reports().clear();

    outbox.resend(1);
    sends();
    acks(1);

    EXPECT_THAT(outbox.reports(), ElementsAre(Report{1, Fate::confirmed}));
}

TEST_F(OwnedMessages, an_abandoned_message_is_not_sent_and_its_late_confirm_is_ignored) {
    publishes_for_owner();
    publishes_for_owner();
    outbox.next();

    outbox.abandon(1);
    outbox.abandon(2);
    acks(1);

    EXPECT_EQ(sends(), Sequences{});
    EXPECT_EQ(outbox.unsettled(), 0u);
    EXPECT_EQ(outbox.in_flight(), 0u);
    EXPECT_THAT(outbox.reports(), ElementsAre());
}

}  // namespace
}  // namespace eventail::bus
