// Messages cut again for a peer with a smaller frame_max.

#include "wire/reframe.hpp"

#include "wire/methods.hpp"
#include "wire/properties.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eventail::wire {
namespace {

Buffer message(std::string_view body, std::size_t max_frame_bytes, std::string_view key = "key") {
    Buffer frames;
    encode_method(frames, 1, BasicPublish{.exchange = "events", .routing_key = key});
    encode_content_header(frames, 1, {.body_size = body.size(), .properties = {.message_id = "m"}});
    encode_body(frames, 1, as_bytes(body), max_frame_bytes);
    return frames;
}

TEST(Reframe, a_body_is_split_for_smaller_frames) {
    const std::string body(100'000, 'b');
    const Buffer large = message(body, default_frame_bytes);
    Buffer out;

    ASSERT_TRUE(reframe(large.view(), out, min_frame_bytes));

    EXPECT_EQ(as_text(out.view()), as_text(message(body, min_frame_bytes).view()));
}

TEST(Reframe, a_message_that_fits_stays_as_it_is) {
    const Buffer small = message("body", min_frame_bytes);
    Buffer out;

    ASSERT_TRUE(reframe(small.view(), out, default_frame_bytes));

    EXPECT_EQ(as_text(out.view()), as_text(small.view()));
}

TEST(Reframe, a_message_without_a_body_stays_as_it_is) {
    const Buffer empty = message("", min_frame_bytes);
    Buffer out;

    ASSERT_TRUE(reframe(empty.view(), out, min_frame_bytes));

    EXPECT_EQ(as_text(out.view()), as_text(empty.view()));
}

TEST(Reframe, a_method_that_does_not_fit_is_not_split_and_nothing_is_appended) {
    const Buffer large = message("body", min_frame_bytes, std::string(255, 'k'));
    Buffer out;
    encode_heartbeat(out);

    EXPECT_FALSE(reframe(large.view(), out, 100));

    EXPECT_EQ(out.size(), frame_overhead_bytes);
}

TEST(Reframe, a_header_that_does_not_fit_is_not_split_and_nothing_is_appended) {
    Buffer large;
    const std::string id(200, 'i');
    encode_method(large, 1, BasicPublish{});
    encode_content_header(large, 1, {.properties = {.message_id = id}});
    Buffer out;

    EXPECT_FALSE(reframe(large.view(), out, 100));

    EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace eventail::wire
