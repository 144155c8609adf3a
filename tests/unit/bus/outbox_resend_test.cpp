// The outbox when connections and channels are lost, and when messages come back.
// (protocol.md, "Acknowledgement: nothing is lost")
#include "bus/outbox.hpp"
#include "support/outbox_bench.hpp"

#include <chrono>

namespace eventail::bus {
namespace {

using namespace std::chrono_literals;
using OutboxResends = test::OutboxBench;
using RefusedMessages = test::OutboxBench;
using ReturnedMessages = test::OutboxBench;

TEST_F(OutboxResends, unconfirmed_messages_go_out_again_in_order_before_anything_newer) {
    for (int i = 0; i < 4; ++i) publishes();
    sends();
    acks(2);
    publishes();

    outbox.connection_lost();
    publishes();

    EXPECT_EQ(sends(), (Sequences{1, 3, 4, 5, 6}));
    EXPECT_EQ(outbox.resent(), 3u);
}

TEST_F(OutboxResends, those_awaiting_a_retry_go_out_again_with_the_rest_and_in_order) {
    for (int i = 0; i < 3; ++i) publishes();
    sends();
    nacks(2);

    outbox.connection_lost();

    EXPECT_EQ(outbox.next_retry(), std::nullopt);
    EXPECT_EQ(sends(), (Sequences{1, 2, 3}));
    passes(1h);
    EXPECT_EQ(sends(), Sequences{});
}

TEST_F(OutboxResends, a_retry_that_was_due_but_not_sent_goes_out_once) {
    publishes();
    publishes();
    sends();
    nacks(2);
    passes(15s);

    outbox.connection_lost();

    EXPECT_EQ(sends(), (Sequences{1, 2}));
}

TEST_F(OutboxResends, tags_start_over_with_a_connection) {
    publishes();
    publishes();
    sends();
    acks(1);

    outbox.connection_lost();
    sends();
    acks(1);

    EXPECT_TRUE(outbox.is_settled(2));
    EXPECT_EQ(outbox.unsettled(), 0u);
}

TEST_F(OutboxResends, confirms_of_a_lost_connection_mean_nothing_to_the_next_one) {
    publishes();
    sends();

    outbox.connection_lost();
    acks(1);

    EXPECT_FALSE(outbox.is_settled(1));
}

TEST_F(OutboxResends, connections_lost_in_a_row_resend_each_time) {
    publishes();
    publishes();

    for (int i = 0; i < 5; ++i) {
        ASSERT_EQ(sends(), (Sequences{1, 2}));
        outbox.connection_lost();
    }

    EXPECT_EQ(outbox.in_flight(), 0u);
    EXPECT_EQ(outbox.unsettled(), 2u);
}

TEST_F(RefusedMessages, after_a_refusal_what_was_under_way_goes_out_one_at_a_time) {
    for (int i = 0; i < 3; ++i) publishes();
    sends();

    EXPECT_EQ(outbox.channel_refused(), std::nullopt);

    EXPECT_EQ(sends(), Sequences{1});
    acks(1);
    EXPECT_EQ(sends(), Sequences{2});
    acks(2);
    EXPECT_EQ(sends(), Sequences{3});
}

TEST_F(RefusedMessages, the_one_that_closes_the_channel_again_is_the_culprit_and_dropped) {
    for (int i = 0; i < 3; ++i) publishes();
    sends();
    outbox.channel_refused();
    sends();
    acks(1);
    sends();

    EXPECT_EQ(outbox.channel_refused(), Sequence{2});

    EXPECT_FALSE(outbox.is_settled(2));
    EXPECT_EQ(sends(), Sequences{3});
    outbox.returned_handled(2);
    EXPECT_TRUE(outbox.is_settled(2));
}

TEST_F(RefusedMessages, a_culprit_does_not_go_out_again_on_later_connections) {
    publishes();
    sends();
    outbox.channel_refused();
    sends();
    outbox.channel_refused();

    outbox.connection_lost();
    passes(1h);

    EXPECT_EQ(sends(), Sequences{});
    EXPECT_FALSE(outbox.is_settled(1));
}

TEST_F(RefusedMessages, a_nack_clears_the_suspicion) {
    publishes();
    publishes();
    sends();
    outbox.channel_refused();
    sends();

    nacks(1);

    EXPECT_EQ(sends(), Sequences{2});
}

TEST_F(RefusedMessages, suspects_stay_suspects_on_the_next_connection) {
    publishes();
    publishes();
    sends();
    outbox.channel_refused();
    sends();

    outbox.connection_lost();

    EXPECT_EQ(sends(), Sequences{1});
    acks(1);
    EXPECT_EQ(sends(), Sequences{2});
}

TEST_F(RefusedMessages, newer_messages_go_out_together_again_once_the_suspects_are_cleared) {
    publishes();
    sends();
    outbox.channel_refused();
    publishes();
    publishes();
    EXPECT_EQ(sends(), Sequences{1});

    acks(1);

    EXPECT_EQ(sends(), (Sequences{2, 3}));
}

TEST_F(RefusedMessages, a_refusal_of_the_owner_s_message_is_reported) {
    publishes_for_owner();
    sends();
    outbox.channel_refused();
    ASSERT_EQ(outbox.reports().size(), 1u);
    EXPECT_EQ(outbox.reports()[0].fate, Outbox::Fate::lost);
    outbox.resend(1);
    sends();

    EXPECT_EQ(outbox.channel_refused(), Sequence{1});

    ASSERT_EQ(outbox.reports().size(), 2u);
    EXPECT_EQ(outbox.reports()[1].fate, Outbox::Fate::refused);
}

TEST_F(RefusedMessages, one_that_cannot_be_sent_takes_no_delivery_tag) {
    publishes();
    publishes();
    outbox.next();

    outbox.refuse_unsent(1);
    outbox.next();
    acks(1);

    EXPECT_FALSE(outbox.is_settled(1));
    EXPECT_TRUE(outbox.is_settled(2));
}

TEST_F(ReturnedMessages, the_confirm_of_one_that_came_back_counts_after_its_handler_has_ended) {
    publishes({.key = 5});
    sends();

    EXPECT_EQ(outbox.returned(5), Sequence{1});
    acks(1);
    EXPECT_FALSE(outbox.is_settled(1));
    outbox.returned_handled(1);

    EXPECT_TRUE(outbox.is_settled(1));
}

TEST_F(ReturnedMessages, a_handler_that_ends_first_leaves_the_rest_to_the_confirm) {
    publishes({.key = 5});
    sends();
    outbox.returned(5);

    outbox.returned_handled(1);
    EXPECT_FALSE(outbox.is_settled(1));
    acks(1);

    EXPECT_TRUE(outbox.is_settled(1));
}

TEST_F(ReturnedMessages, a_return_need_not_be_adjacent_to_its_confirm) {
    publishes({.key = 5});
    publishes({.key = 6});
    publishes({.key = 7});
    sends();

    outbox.returned(7);
    acks(1);
    outbox.returned(6);
    acks(3, true);

    EXPECT_TRUE(outbox.is_settled(1));
    EXPECT_FALSE(outbox.is_settled(2));
    EXPECT_FALSE(outbox.is_settled(3));
}

TEST_F(ReturnedMessages, keys_are_found_in_any_order) {
    publishes({.key = 12});
    publishes({.key = 10});
    publishes({.key = 15});
    publishes({.key = 11});
    sends();

    EXPECT_EQ(outbox.returned(11), Sequence{4});
    EXPECT_EQ(outbox.returned(12), Sequence{1});
    EXPECT_EQ(outbox.returned(15), Sequence{3});
    EXPECT_EQ(outbox.returned(10), Sequence{2});
}

TEST_F(ReturnedMessages, with_one_key_come_back_one_after_the_other) {
    publishes({.key = 5});
    publishes({.key = 6});
    publishes({.key = 5});
    sends();

    EXPECT_EQ(outbox.returned(5), Sequence{1});
    EXPECT_EQ(outbox.returned(5), Sequence{3});
    EXPECT_EQ(outbox.returned(5), std::nullopt);
}

TEST_F(ReturnedMessages, with_one_key_are_told_apart_by_what_is_under_way) {
    publishes({.key = 5});
    sends();
    nacks(1);
    publishes({.key = 5});
    sends();

    EXPECT_EQ(outbox.returned(5), Sequence{2});
}

TEST_F(ReturnedMessages, are_found_behind_the_one_before_and_before_it) {
    for (std::uint64_t key = 1; key <= 5; ++key) publishes({.key = key});
    sends();

    EXPECT_EQ(outbox.returned(4), Sequence{4});
    EXPECT_EQ(outbox.returned(5), Sequence{5});
    EXPECT_EQ(outbox.returned(2), Sequence{2});
}

TEST_F(ReturnedMessages, can_come_back_again_on_the_next_connection) {
    publishes({.key = 5});
    sends();
    outbox.returned(5);
    outbox.returned_handled(1);
    outbox.connection_lost();
    sends();

    EXPECT_EQ(outbox.returned(5), Sequence{1});
}

TEST_F(ReturnedMessages, unknown_keys_are_ignored) {
    EXPECT_EQ(outbox.returned(5), std::nullopt);
    publishes({.key = 5});
    publishes({.key = 6});
    sends();
    acks(2);

    EXPECT_EQ(outbox.returned(6), std::nullopt);
    EXPECT_EQ(outbox.returned(4), std::nullopt);
    EXPECT_EQ(outbox.returned(~std::uint64_t{0}), std::nullopt);
}

TEST_F(ReturnedMessages, one_that_is_confirmed_but_not_handled_is_not_resent) {
    publishes({.key = 5});
    sends();
    outbox.returned(5);
    acks(1);

    outbox.connection_lost();

    EXPECT_EQ(sends(), Sequences{});
    EXPECT_EQ(outbox.unsettled(), 1u);
}

}  // namespace
}  // namespace eventail::bus
