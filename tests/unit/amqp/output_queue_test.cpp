#include "amqp/output_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace eventail::amqp {
namespace {

using Segment = std::shared_ptr<const wire::Buffer>;

Segment segment_of(std::string_view text) {
    wire::Buffer buffer;
    buffer.append(wire::as_bytes(text));
    return std::make_shared<const wire::Buffer>(std::move(buffer));
}

void append(OutputQueue& queue, const Segment& segment, std::size_t offset, std::size_t length) {
    queue.append(segment, segment->view().subspan(offset, length));
}

void append_control(OutputQueue& queue, std::string_view text) {
    queue.append_control([&](wire::Buffer& buffer) { buffer.append(wire::as_bytes(text)); });
}

std::string content(const OutputQueue& queue) {
    std::array<wire::Bytes, 64> views = {};
    std::string text;
    const std::size_t count = queue.gather(views);
    for (std::size_t i = 0; i < count; ++i) text += wire::as_text(views[i]);
    return text;
}

std::size_t view_count(const OutputQueue& queue) {
    std::array<wire::Bytes, 64> views = {};
    return queue.gather(views);
}

TEST(OutputQueue, gives_control_frames_and_messages_in_the_order_of_appending) {
    OutputQueue queue;

    append_control(queue, "open ");
    append(queue, segment_of("message one "), 0, 12);
    append_control(queue, "ack ");
    append_control(queue, "nack ");
    append(queue, segment_of("xmessage twox"), 1, 11);

    EXPECT_EQ(content(queue), "open message one ack nack message two");
    EXPECT_EQ(queue.size_bytes(), 37u);
}

TEST(OutputQueue, joins_ranges_that_follow_each_other_in_one_segment) {
    OutputQueue queue;
    const Segment segment = segment_of("abcdef");

    append(queue, segment, 0, 2);
    append(queue, segment, 2, 2);
    append(queue, segment, 5, 1);

    EXPECT_EQ(content(queue), "abcdf");
    EXPECT_EQ(view_count(queue), 2u);
}

TEST(OutputQueue, does_not_copy_messages) {
    OutputQueue queue;
    const Segment segment = segment_of("message");

    append(queue, segment, 2, 3);

    std::array<wire::Bytes, 1> views = {};
    ASSERT_EQ(queue.gather(views), 1u);
    EXPECT_EQ(views[0].data(), segment->data() + 2);
}

TEST(OutputQueue, keeps_a_segment_alive_until_it_is_written) {
    OutputQueue queue;
    Segment segment = segment_of("message");
    const std::weak_ptr<const wire::Buffer> watched = segment;
    append(queue, segment, 0, 7);
    segment.reset();

    queue.consume(6);
    EXPECT_FALSE(watched.expired());

    queue.consume(1);
    EXPECT_TRUE(watched.expired());
}

TEST(OutputQueue, can_be_written_in_any_pieces) {
    const std::string_view whole = "control message more control tail";
    for (std::size_t piece = 1; piece <= whole.size(); ++piece) {
        OutputQueue queue;
        append_control(queue, "control ");
        append(queue, segment_of("message "), 0, 8);
        append_control(queue, "more control ");
        append(queue, segment_of("tail"), 0, 4);

        std::string written;
        while (!queue.empty()) {
            const std::size_t count = std::min(piece, queue.size_bytes());
            written += content(queue).substr(0, count);
            queue.consume(count);
        }

        EXPECT_EQ(written, whole) << "in pieces of " << piece;
    }
}

TEST(OutputQueue, stays_in_order_when_it_never_runs_empty) {
    OutputQueue queue;
    std::string appended;
    std::string written;

    for (int i = 0; i < 5000; ++i) {
        const std::string text = "frame " + std::to_string(i) + ";";
        if (i % 3 == 0) {
            append(queue, segment_of(text), 0, text.size());
        } else {
            append_control(queue, text);
        }
        appended += text;
        if (queue.size_bytes() > 100) {
            written += content(queue).substr(0, 11);
            queue.consume(11);
        }
    }
    while (!queue.empty()) {
        const std::string rest = content(queue);
        written += rest;
        queue.consume(rest.size());
    }

    EXPECT_EQ(written, appended);
}

TEST(OutputQueue, fills_no_more_views_than_it_is_given) {
    OutputQueue queue;
    append_control(queue, "a");
    append(queue, segment_of("b"), 0, 1);
    append_control(queue, "c");

    std::array<wire::Bytes, 2> views = {};

    EXPECT_EQ(queue.gather(views), 2u);
    EXPECT_EQ(wire::as_text(views[1]), "b");
}

TEST(OutputQueue, takes_nothing_from_an_encoder_that_throws) {
    OutputQueue queue;
    append_control(queue, "before ");

    EXPECT_THROW(queue.append_control([](wire::Buffer& buffer) {
        buffer.append(wire::as_bytes("half"));
        throw std::length_error("too long");
    }),
                 std::length_error);
    append_control(queue, "after");

    EXPECT_EQ(content(queue), "before after");
}

TEST(OutputQueue, is_empty_after_clearing) {
    OutputQueue queue;
    append_control(queue, "control");
    append(queue, segment_of("message"), 0, 7);
    queue.consume(3);

    queue.clear();
    append_control(queue, "new");

    EXPECT_EQ(content(queue), "new");
}

}  // namespace
}  // namespace eventail::amqp
