// Encoding and decoding a message allocates nothing once the buffers have grown. Counts every
// allocation of this program.
#include "support/allocation_counter.hpp"
#include "wire/frame.hpp"
#include "wire/methods.hpp"
#include "wire/properties.hpp"
#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace eventail::wire {
namespace {

constexpr std::size_t max_frame_bytes = 4096;

struct Message {
    std::string body = std::string(6000, 'x');
    Table headers = {};

    Message() { headers.set("conversation_id", "a conversation longer than a short text"); }

    void encode(Buffer& buffer) const {
        encode_method(buffer, 1, BasicDeliver{.consumer_tag = "events", .delivery_tag = 7});
        encode_content_header(buffer, 1,
                              {.body_size = body.size(),
                               .properties = {.content_type = "application/cbor",
                                              .headers = headers.view(),
                                              .delivery_mode = 2,
                                              .message_id = "0123456789abcdef-1000000",
                                              .timestamp = 1'700'000'000}});
        encode_body(buffer, 1, as_bytes(body), max_frame_bytes);
        encode_method(buffer, 1, BasicAck{.delivery_tag = 7});
    }
};

/// Reads all complete frames. @return a count of decoded parts, so that nothing is optimised away
std::size_t decode_all(FrameReader& reader) {
    std::size_t understood = 0;
    while (const auto frame = reader.next()) {
        if (frame->type == FrameType::header) {
            const ContentHeader header = decode_content_header(frame->payload);
            understood += header.properties.headers->find("conversation_id").has_value();
        } else if (frame->type == FrameType::method) {
            understood += decode_method(frame->payload).index() != 0;
        } else {
            understood += frame->payload.size();
        }
    }
    return understood;
}

TEST(Allocations, none_for_a_message_that_is_encoded) {
    const Message message;
    Buffer buffer;
    message.encode(buffer);

    const std::size_t before = test::allocations;
    for (int i = 0; i < 1000; ++i) {
        buffer.clear();
        message.encode(buffer);
    }
    const std::size_t after = test::allocations;

    EXPECT_EQ(after - before, 0u);
}

TEST(Allocations, none_for_frames_that_are_read_however_they_are_split) {
    const Message message;
    Buffer buffer;
    message.encode(buffer);
    FrameReader reader(max_frame_bytes);
    std::size_t understood = 0;
    const auto read_in_parts = [&] {
        understood = 0;
        for (const std::size_t part_bytes : {1u, 13u, 700u, 8192u}) {
            for (std::size_t at = 0; at < buffer.size(); at += part_bytes) {
                reader.feed(buffer.view().subspan(at, std::min(part_bytes, buffer.size() - at)));
                understood += decode_all(reader);
            }
        }
    };
    read_in_parts();

    const std::size_t before = test::allocations;
    read_in_parts();
    const std::size_t after = test::allocations;

    EXPECT_EQ(understood, 4 * (message.body.size() + 3));
    EXPECT_EQ(after - before, 0u);
}

}  // namespace
}  // namespace eventail::wire
