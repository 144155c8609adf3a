// Content headers, bodies and heartbeats.

#include "wire/properties.hpp"

#include "unit/wire/golden.hpp"
#include "wire/big_endian.hpp"
#include "wire/frame.hpp"
#include "wire/protocol_error.hpp"
#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace eventail::wire {
namespace {

using namespace std::string_literals;

const Table some_headers = Table().set("conversation_id", "conv-1").set("n", 1);

Properties all_properties() {
    return {.content_type = "application/cbor",
            .content_encoding = "binary",
            .headers = some_headers,
            .delivery_mode = std::uint8_t{2},
            .priority = std::uint8_t{9},
            .correlation_id = "corr",
            .reply_to = "reply",
            .expiration = "60000",
            .message_id = "id",
            .timestamp = std::uint64_t{1700000000},
            .type = "type",
            .user_id = "guest",
            .app_id = "app",
            .cluster_id = "cluster"};
}

std::string payload_of(const ContentHeader& header) {
    Buffer buffer;
    encode_content_header(buffer, 1, header);
    const Bytes frame = buffer.view();
    return std::string(as_text(frame.subspan(7, frame.size() - 8)));
}

std::optional<ReplyCode> code_of(std::string_view payload) {
    try {
        decode_content_header(as_bytes(payload));
    } catch (const ProtocolError& error) {
        return error.code();
    }
    return std::nullopt;
}

/// A payload with the given flags, followed by the values.
std::string payload_with(std::string_view flags_and_values) {
    return "\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05"s + std::string(flags_and_values);
}

TEST(Properties, all_of_them_come_back_as_they_went) {
    const ContentHeader header{.body_size = 12, .properties = all_properties()};
    const std::string payload = payload_of(header);

    const ContentHeader decoded = decode_content_header(as_bytes(payload));

    EXPECT_EQ(decoded, header);
    EXPECT_EQ(golden::to_hex(as_bytes(payload)).substr(24, 4), "fffc");
}

TEST(Properties, each_one_alone_comes_back_with_its_flag) {
    const Properties all = all_properties();
    for (unsigned index = 0; index < 14; ++index) {
        Properties one = all;
        unsigned position = 0;
        Properties::fields(one, [&](std::string_view, auto& property) {
            if (position++ != index) property.reset();
        });

        const std::string payload = payload_of({.body_size = 1, .properties = one});

        EXPECT_EQ(load_big_endian<std::uint16_t>(as_bytes(payload).data() + 12), 0x8000 >> index);
        EXPECT_EQ(decode_content_header(as_bytes(payload)).properties, one) << index;
    }
}

TEST(Properties, none_of_them_take_two_bytes) {
    const std::string payload = payload_of({.body_size = 5});

    EXPECT_EQ(payload, payload_with("\x00\x00"s));
    EXPECT_EQ(decode_content_header(as_bytes(payload)).properties, Properties{});
}

TEST(Properties, present_and_empty_is_not_absent) {
    const std::string payload = payload_of({.properties = {.reply_to = ""}});

    const Properties decoded = decode_content_header(as_bytes(payload)).properties;

    EXPECT_EQ(decoded.reply_to, "");
    EXPECT_EQ(decoded.correlation_id, std::nullopt);
}

TEST(Properties, a_header_cut_short_anywhere_is_refused) {
    const std::string payload = payload_of({.body_size = 1, .properties = all_properties()});

    for (std::size_t size = 0; size < payload.size(); ++size) {
        EXPECT_EQ(code_of(payload.substr(0, size)), ReplyCode::syntax_error) << size;
    }
}

TEST(Properties, bytes_after_the_last_property_are_refused) {
    EXPECT_EQ(code_of(payload_with("\x00\x00x"s)), ReplyCode::syntax_error);
}

TEST(Properties, flags_of_properties_that_do_not_exist_are_refused) {
    EXPECT_EQ(code_of(payload_with("\x00\x02"s)), ReplyCode::syntax_error);
    EXPECT_EQ(code_of(payload_with("\x00\x01\x00\x00"s)), ReplyCode::syntax_error);
    EXPECT_EQ(code_of(payload_with("\x00\x01\x80\x00\x01x"s)), ReplyCode::syntax_error);
}

TEST(Properties, a_weight_is_refused) {
    std::string payload = payload_with("\x00\x00"s);
    payload[3] = 1;

    EXPECT_EQ(code_of(payload), ReplyCode::syntax_error);
}

TEST(Properties, a_header_of_another_class_is_refused) {
    std::string payload = payload_with("\x00\x00"s);
    payload[1] = 50;

    EXPECT_EQ(code_of(payload), ReplyCode::syntax_error);
}

TEST(Properties, a_body_size_of_any_64_bits_is_passed_on) {
    const std::uint64_t size = std::uint64_t{1} << 63;
    const std::string payload = payload_of({.body_size = size});

    EXPECT_EQ(decode_content_header(as_bytes(payload)).body_size, size);
}

TEST(Properties, the_stream_can_be_followed_past_properties_that_are_malformed) {
    const std::string payload = payload_with("\x20\x00\xff\xff\xff\xff"s);

    const RawContentHeader raw = split_content_header(as_bytes(payload));

    EXPECT_EQ(raw.body_size, 5U);
    EXPECT_THROW(decode_properties(raw.properties), ProtocolError);
}

TEST(Properties, a_text_of_more_than_255_bytes_is_refused_and_nothing_is_appended) {
    const std::string text(256, 'x');
    Buffer buffer;

    EXPECT_THROW(encode_content_header(buffer, 1, {.properties = {.reply_to = text}}),
                 std::length_error);

    EXPECT_TRUE(buffer.empty());
}

TEST(Properties, the_encoder_returns_the_size_of_the_frame_that_it_appended) {
    Buffer buffer;

    const std::size_t size = encode_content_header(buffer, 1, {.properties = all_properties()});

    EXPECT_EQ(size, buffer.size());
}

TEST(Body, an_empty_one_has_no_frame) {
    Buffer buffer;

    EXPECT_EQ(encode_body(buffer, 1, {}, min_frame_bytes), 0U);
    EXPECT_TRUE(buffer.empty());
}

TEST(Body, is_cut_into_frames_that_fill_frame_max) {
    constexpr std::size_t room = min_frame_bytes - frame_overhead_bytes;
    for (const std::size_t size :
         {std::size_t{1}, room - 1, room, room + 1, 2 * room, 2 * room + 1}) {
        const std::string body(size, 'x');
        Buffer buffer;

        const std::size_t written = encode_body(buffer, 9, as_bytes(body), min_frame_bytes);

        FrameReader reader(min_frame_bytes);
        reader.feed(buffer.view());
        std::string joined;
        std::size_t frames = 0;
        while (const auto frame = reader.next()) {
            EXPECT_EQ(frame->type, FrameType::body);
            EXPECT_EQ(frame->channel, 9);
            joined += as_text(frame->payload);
            ++frames;
        }
        EXPECT_EQ(written, buffer.size());
        EXPECT_EQ(joined, body);
        EXPECT_EQ(frames, (size + room - 1) / room) << size;
    }
}

TEST(Body, needs_frames_larger_than_their_overhead) {
    Buffer buffer;

    EXPECT_THROW(encode_body(buffer, 1, as_bytes("x"), 8), std::invalid_argument);
    EXPECT_EQ(encode_body(buffer, 1, as_bytes("xy"), 9), 18U);
}

TEST(Heartbeat, is_an_empty_frame_on_channel_0) {
    Buffer buffer;

    EXPECT_EQ(encode_heartbeat(buffer), 8U);
    EXPECT_EQ(golden::to_hex(buffer.view()), "08000000000000ce");
}

}  // namespace
}  // namespace eventail::wire
