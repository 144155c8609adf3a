// The outbox on a working connection: sending, the meaning of confirms, freeing memory.
#include "bus/outbox.hpp"

#include "support/outbox_bench.hpp"

#include <cstdint>
#include <limits>
#include <string>

namespace eventail::bus {
namespace {

using OutboxConfirms = test::OutboxBench;

TEST_F(OutboxConfirms, messages_go_out_once_in_the_order_of_acceptance) {
    publishes();
    publishes();
    publishes();

    EXPECT_EQ(sends(), (Sequences{1, 2, 3}));
    EXPECT_EQ(sends(), Sequences{});
    EXPECT_EQ(outbox.in_flight(), 3u);
    EXPECT_EQ(outbox.unsettled(), 3u);
}

TEST_F(OutboxConfirms, a_message_is_handed_out_as_the_bytes_that_were_accepted) {
    publishes({}, "first");
    publishes({}, "second");

    outbox.next();
    const auto range = outbox.next();

    ASSERT_TRUE(range);
    EXPECT_EQ(wire::as_text(range->segment->frames.view().subspan(range->offset, range->length)),
              "second");
    EXPECT_EQ(outbox.resent(), 0u);
}

TEST_F(OutboxConfirms, a_confirm_settles_its_message_alone) {
    publishes();
    publishes();
    sends();

    acks(2);

    EXPECT_FALSE(outbox.is_settled(1));
    EXPECT_TRUE(outbox.is_settled(2));
    EXPECT_EQ(outbox.unsettled(), 1u);
    EXPECT_EQ(outbox.in_flight(), 1u);
}

TEST_F(OutboxConfirms, a_multiple_confirm_settles_all_up_to_its_tag) {
    for (int i = 0; i < 5; ++i) publishes();
    sends();
    acks(2);

    acks(4, true);

    EXPECT_TRUE(outbox.is_settled(1));
    EXPECT_TRUE(outbox.is_settled(4));
    EXPECT_FALSE(outbox.is_settled(5));
}

TEST_F(OutboxConfirms, tag_0_with_multiple_means_all) {
    publishes();
    publishes();
    sends();

    acks(0, true);

    EXPECT_EQ(outbox.unsettled(), 0u);
}

TEST_F(OutboxConfirms, confirms_out_of_order_are_attributed_by_their_tags) {
    for (int i = 0; i < 4; ++i) publishes();
    sends();

    acks(3);
    acks(1);
    nacks(2);
    acks(4);

    EXPECT_TRUE(outbox.is_settled(1));
    EXPECT_FALSE(outbox.is_settled(2));
    EXPECT_TRUE(outbox.is_settled(3));
    EXPECT_TRUE(outbox.is_settled(4));
}

TEST_F(OutboxConfirms, unknown_and_repeated_tags_are_ignored) {
    publishes();
    publishes();
    sends();
    acks(1);

    acks(1);
    nacks(1);
    acks(0);
    acks(3);
    acks(3, true);
    acks(std::uint64_t{1} << 63, true);
    nacks(std::numeric_limits<std::uint64_t>::max());

    EXPECT_FALSE(outbox.is_settled(2));
    EXPECT_EQ(outbox.unsettled(), 1u);
}

TEST_F(OutboxConfirms, a_message_that_is_not_accepted_yet_is_not_settled) {
    publishes();
    sends();
    acks(1);

    EXPECT_TRUE(outbox.is_settled(1));
    EXPECT_FALSE(outbox.is_settled(2));
}

TEST_F(OutboxConfirms, segments_are_released_when_all_in_them_is_settled) {
    const std::string third(Intake::segment_bytes / 4, 'x');
    for (int i = 0; i < 9; ++i) publishes({}, third);
    ASSERT_EQ(intake.held_bytes(), 3 * Intake::segment_bytes);
    sends();

    acks(4, true);
    EXPECT_EQ(intake.held_bytes(), 2 * Intake::segment_bytes);
    acks(9, true);

    EXPECT_EQ(intake.held_bytes(), Intake::segment_bytes);
}

TEST_F(OutboxConfirms, a_segment_in_the_middle_does_not_wait_for_an_older_one) {
    const std::string most(Intake::segment_bytes - 10, 'x');
    for (int i = 0; i < 3; ++i) publishes({}, most);
    const std::size_t held = intake.held_bytes();
    sends();

    acks(2);

    EXPECT_EQ(intake.held_bytes(), held - most.size());
    EXPECT_FALSE(outbox.is_settled(1));
}

TEST_F(OutboxConfirms, the_segment_of_a_large_message_is_released_at_once) {
    publishes({}, std::string(1u << 20, 'x'));
    sends();

    acks(1);

    EXPECT_EQ(intake.held_bytes(), 0u);
}

TEST_F(OutboxConfirms, a_long_run_keeps_order_and_memory) {
    Sequence expected = 1;

    for (int round = 0; round < 2000; ++round) {
        publishes({}, std::string(300, 'x'));
        publishes({}, std::string(300, 'y'));
        const Sequences sent = sends();
        ASSERT_EQ(sent, (Sequences{expected, expected + 1}));
        expected += 2;
        acks(static_cast<std::uint64_t>(2 * round + 2), true);
    }

    EXPECT_EQ(outbox.unsettled(), 0u);
    EXPECT_EQ(intake.held_bytes(), Intake::segment_bytes);
}

TEST_F(OutboxConfirms, each_message_is_counted_once_as_settled) {
    publishes();
    publishes();
    sends();

    acks(1);
    EXPECT_EQ(outbox.settled(), 1u);
    acks(2);
    acks(2);

    EXPECT_EQ(outbox.settled(), 2u);
}

}  // namespace
}  // namespace eventail::bus
