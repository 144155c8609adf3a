// The intake: accepted messages keep their order and their bytes, and memory stays bounded.
#include "bus/intake.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace eventail::bus {
namespace {

std::string_view text_in(const SharedSegment& segment, const Accepted& message) {
    return wire::as_text(segment->frames.view().subspan(message.offset, message.length));
}

wire::Bytes bytes(const std::string& text) { return wire::as_bytes(text); }

TEST(Intake, counts_accepted_messages_from_1_across_batches) {
    Intake intake({});
    Intake::Batch batch;

    EXPECT_EQ(intake.next_sequence(), 1u);
    EXPECT_EQ(intake.append(wire::as_bytes("a"), {}), 1u);
    intake.take(batch);
    EXPECT_EQ(intake.append(wire::as_bytes("b"), {}), 2u);

    EXPECT_EQ(intake.next_sequence(), 3u);
}

TEST(Intake, copies_small_messages_into_one_segment_and_names_it_once) {
    Intake intake({});
    Intake::Batch batch;

    intake.append(wire::as_bytes("first"), {.key = 1});
    intake.append(wire::as_bytes("second"), {.key = 2});
    intake.take(batch);

    ASSERT_EQ(batch.messages.size(), 2u);
    const SharedSegment segment = batch.messages[0].segment;
    ASSERT_NE(segment, nullptr);
    EXPECT_EQ(batch.messages[1].segment, nullptr);
    EXPECT_EQ(text_in(segment, batch.messages[0]), "first");
    EXPECT_EQ(text_in(segment, batch.messages[1]), "second");
    EXPECT_EQ(batch.messages[0].ticket.key, 1u);
    EXPECT_EQ(batch.messages[1].ticket.key, 2u);
}

TEST(Intake, never_moves_bytes_that_were_handed_out) {
    Intake intake({});
    Intake::Batch batch;
    intake.append(wire::as_bytes("first"), {});
    intake.take(batch);
    const SharedSegment segment = batch.messages[0].segment;
    const std::byte* const before = segment->frames.data();

    for (int i = 0; i < 100; ++i) intake.append(bytes(std::string(1000, 'x')), {});

    EXPECT_EQ(segment->frames.data(), before);
    EXPECT_EQ(text_in(segment, batch.messages[0]), "first");
}

TEST(Intake, begins_a_new_segment_when_a_message_does_not_fit_into_the_current_one) {
    Intake intake({});
    Intake::Batch batch;
    const std::string tenth(Intake::segment_bytes / 10, 'x');

    for (int i = 0; i < 11; ++i) intake.append(bytes(tenth), {});
    intake.take(batch);

    EXPECT_NE(batch.messages[10].segment, nullptr);
    EXPECT_EQ(batch.messages[10].offset, 0u);
    EXPECT_EQ(intake.held_bytes(), 2 * Intake::segment_bytes);
}

TEST(Intake, gives_a_large_message_a_segment_of_its_own_size) {
    Intake intake({});
    Intake::Batch batch;
    intake.append(wire::as_bytes("small"), {});

    intake.append(bytes(std::string(1u << 20, 'x')), {});
    intake.append(wire::as_bytes("after"), {});
    intake.take(batch);

    ASSERT_NE(batch.messages[1].segment, nullptr);
    EXPECT_EQ(batch.messages[1].segment->frames.capacity(), 1u << 20);
    ASSERT_NE(batch.messages[2].segment, nullptr);
    EXPECT_EQ(text_in(batch.messages[2].segment, batch.messages[2]), "after");
}

TEST(Intake, has_no_room_beyond_its_bound_until_a_segment_is_released) {
    Intake intake({.max_bytes = 2 * Intake::segment_bytes});
    Intake::Batch batch;
    const std::string half(Intake::segment_bytes / 2, 'x');
    for (int i = 0; i < 4; ++i) intake.append(bytes(half), {});
    intake.take(batch);

    EXPECT_FALSE(intake.has_room(half.size()));
    intake.release(batch.messages[0].segment);

    EXPECT_TRUE(intake.has_room(half.size()));
}

TEST(Intake, has_room_while_only_the_current_segment_is_held_however_small_the_bound) {
    Intake intake({.max_bytes = 1000});
    const std::string quarter(Intake::segment_bytes / 4, 'x');
    for (int i = 0; i < 4; ++i) intake.append(bytes(quarter), {});

    EXPECT_TRUE(intake.has_room(quarter.size()));
    for (int i = 0; i < 4; ++i) intake.append(bytes(quarter), {});

    EXPECT_FALSE(intake.has_room(quarter.size()));
}

TEST(Intake, always_takes_one_message_however_large) {
    const Intake intake({.max_bytes = 1000});

    EXPECT_TRUE(intake.has_room(1u << 20));
}

TEST(Intake, uses_released_segments_again) {
    Intake intake({});
    Intake::Batch batch;
    intake.append(wire::as_bytes("old"), {});
    intake.take(batch);
    const std::byte* const memory = batch.messages[0].segment->frames.data();
    intake.release(std::move(batch.messages[0].segment));
    batch.clear();

    intake.append(wire::as_bytes("new"), {});
    intake.take(batch);

    EXPECT_EQ(batch.messages[0].segment->frames.data(), memory);
    EXPECT_EQ(text_in(batch.messages[0].segment, batch.messages[0]), "new");
    EXPECT_EQ(intake.held_bytes(), Intake::segment_bytes);
}

TEST(Intake, leaves_a_released_segment_alone_that_somebody_still_looks_at) {
    Intake intake({});
    Intake::Batch batch;
    intake.append(wire::as_bytes("old"), {});
    intake.take(batch);
    const SharedSegment looked_at = batch.messages[0].segment;
    intake.release(std::move(batch.messages[0].segment));
    batch.clear();

    intake.append(wire::as_bytes("new"), {});

    EXPECT_EQ(wire::as_text(looked_at->frames.view()), "old");
}

TEST(Intake, drops_a_log_message_that_exceeds_its_bound) {
    Intake intake({.max_log_bytes = 8});
    Intake::Batch batch;

    EXPECT_TRUE(intake.append_log(wire::as_bytes("12345")));
    EXPECT_FALSE(intake.append_log(wire::as_bytes("6789")));
    intake.take(batch);

    EXPECT_EQ(wire::as_text(batch.logs.view()), "12345");
    EXPECT_FALSE(intake.has_any());
}

TEST(Intake, hands_on_manual_settlements_with_the_batch) {
    Intake intake({});
    Intake::Batch batch;

    intake.settle({.token = 4, .multiple = true, .accepted_before = 9});

    EXPECT_TRUE(intake.has_any());
    intake.take(batch);
    ASSERT_EQ(batch.settlements.size(), 1u);
    EXPECT_EQ(batch.settlements[0].token, 4u);
    EXPECT_EQ(batch.settlements[0].accepted_before, 9u);
}

TEST(Intake, has_room_in_the_current_segment_for_just_as_many_bytes_as_are_left) {
    Intake intake({.max_bytes = 2 * Intake::segment_bytes});
    const std::string most_shared(Intake::segment_bytes / 4, 'x');
    for (int i = 0; i < 4; ++i) intake.append(bytes(most_shared), {});
    for (int i = 0; i < 3; ++i) intake.append(bytes(most_shared), {});
    intake.append(wire::as_bytes("x"), {});

    EXPECT_TRUE(intake.has_room(most_shared.size() - 1));
    EXPECT_FALSE(intake.has_room(most_shared.size()));
}

TEST(Intake, counts_a_whole_segment_for_a_message_of_a_quarter_and_only_its_size_for_a_larger_one) {
    const std::size_t quarter = Intake::segment_bytes / 4;
    Intake intake({.max_bytes = 2 * Intake::segment_bytes + quarter + 1});
    for (int i = 0; i < 8; ++i) intake.append(bytes(std::string(quarter, 'x')), {});

    EXPECT_FALSE(intake.has_room(quarter));
    EXPECT_TRUE(intake.has_room(quarter + 1));
    EXPECT_FALSE(intake.has_room(quarter + 2));
}

TEST(Intake, takes_a_log_message_that_fills_its_bound) {
    Intake intake({.max_log_bytes = 8});

    EXPECT_TRUE(intake.append_log(wire::as_bytes("12345678")));
    EXPECT_FALSE(intake.append_log(wire::as_bytes("9")));
}

}  // namespace
}  // namespace eventail::bus
