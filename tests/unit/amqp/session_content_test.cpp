#include "support/scripted_server.hpp"
#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eventail::test {
namespace {

using Cause = amqp::SessionEnd::Cause;
using Events = std::vector<std::string>;

class SessionContent : public testing::Test {
protected:
    SessionContent() { server.is_ready(); }

    void expect_closed_with(std::uint16_t code) {
        EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, code);
        EXPECT_EQ(server.end().cause, Cause::protocol_error);
        EXPECT_EQ(static_cast<std::uint16_t>(server.end().code), code);
    }

    ScriptedServer server;
    const wire::BasicDeliver deliver{
        .consumer_tag = "c", .delivery_tag = 7, .exchange = "events", .routing_key = "Ticked"};
};

TEST_F(SessionContent, a_delivery_is_handed_over_when_its_body_is_complete) {
    server.sends(1, deliver);
    server.sends_header(1, 10);
    server.sends_body(1, "hello");
    EXPECT_EQ(server.events.take(), Events{});
    server.sends_body(1, "world");

    EXPECT_EQ(server.events.take(), Events{"1: delivery 7 Ticked 'helloworld'"});
}

TEST_F(SessionContent, an_empty_body_has_no_body_frame) {
    server.sends(1, deliver);
    server.sends_header(1, 0);

    EXPECT_EQ(server.events.take(), Events{"1: delivery 7 Ticked ''"});
}

TEST_F(SessionContent, a_delivery_carries_everything_that_came_with_it) {
    bool is_inspected = false;
    server.events.inspect = [&](const amqp::Delivery& delivery) {
        is_inspected = true;
        EXPECT_EQ(delivery.channel, 1);
        EXPECT_EQ(delivery.consumer_tag, "c");
        EXPECT_EQ(delivery.exchange, "events");
        EXPECT_TRUE(delivery.redelivered);
        EXPECT_EQ(delivery.properties.correlation_id, "42");
        EXPECT_EQ(delivery.properties.headers->find("conversation_id")->as_text(), "conv");
        EXPECT_EQ(delivery.body_size, 3u);
        EXPECT_FALSE(delivery.has_bad_properties);
    };
    wire::BasicDeliver again = deliver;
    again.redelivered = true;
    wire::Table headers;
    headers.set("conversation_id", std::string_view("conv"));

    server.sends(1, again);
    server.sends_header(1, 3, {.headers = headers, .correlation_id = "42"});
    server.sends_body(1, "abc");

    EXPECT_TRUE(is_inspected);
}

TEST_F(SessionContent, a_body_in_one_frame_is_not_copied) {
    const std::byte* seen = nullptr;
    server.events.inspect = [&](const amqp::Delivery& delivery) { seen = delivery.body.data(); };
    wire::Buffer bytes;
    wire::encode_method(bytes, 1, deliver);
    wire::encode_content_header(bytes, 1, {.body_size = 4});
    wire::encode_body(bytes, 1, wire::as_bytes("body"), 4096);

    server.sends_bytes(bytes.view());

    EXPECT_EQ(seen, bytes.data() + bytes.size() - 5);
}

/// A message with a body of 100,000 bytes in one frame, up to the cut.
struct LargeMessage {
    std::string body = std::string(60'000, 'x') + std::string(40'000, 'y');
    wire::Buffer frames;
    std::size_t body_start = 0;

    explicit LargeMessage(const wire::BasicDeliver& deliver) {
        wire::encode_method(frames, 1, deliver);
        wire::encode_content_header(frames, 1, {.body_size = body.size()});
        body_start = frames.size() + wire::frame_header_bytes;
        wire::encode_body(frames, 1, wire::as_bytes(body), wire::default_frame_bytes);
    }
};

TEST_F(SessionContent, much_of_a_large_body_can_be_read_to_where_it_belongs) {
    const LargeMessage message(deliver);
    const std::byte* room = nullptr;
    bool is_inspected = false;
    server.events.inspect = [&](const amqp::Delivery& delivery) {
        is_inspected = true;
        EXPECT_EQ(wire::as_text(delivery.body), message.body);
        EXPECT_EQ(delivery.body.data() + 1000, room);
        ASSERT_NE(delivery.own_body, nullptr);
        EXPECT_EQ(delivery.own_body->data(), delivery.body.data());
    };
    server.sends_bytes(message.frames.view().first(message.body_start + 1000));

    const amqp::Session::BodyRoom first = server.session.body_room();
    room = first.bytes.data();
    ASSERT_EQ(first.bytes.size(), 99'000u);
    EXPECT_GT(first.most_after, 100'000u);
    message.body.copy(reinterpret_cast<char*>(first.bytes.data()), 50'000, 1000);
    server.session.body_received(50'000, server.now);
    const amqp::Session::BodyRoom second = server.session.body_room();
    EXPECT_EQ(second.bytes.size(), 49'000u);
    EXPECT_EQ(second.bytes.data(), room + 50'000);
    server.sends_bytes(message.frames.view().subspan(message.body_start + 51'000));

    EXPECT_TRUE(is_inspected);
}

TEST_F(SessionContent, a_large_body_is_handed_over_when_the_end_of_its_last_frame_is_there) {
    const LargeMessage message(deliver);
    server.sends_bytes(message.frames.view().first(message.frames.size() - 1));
    EXPECT_EQ(server.events.take(), Events{});

    server.sends_bytes(message.frames.view().last(1));

    EXPECT_EQ(server.events.take().size(), 1u);
}

TEST_F(SessionContent, what_follows_in_the_same_body_is_told_from_its_end) {
    server.sends(1, deliver);
    server.sends_header(1, 200'000);
    wire::Buffer frame;
    wire::encode_body(frame, 1, wire::as_bytes(std::string(100'000, 'x')),
                      wire::default_frame_bytes);

    server.sends_bytes(frame.view().first(1000));

    EXPECT_EQ(server.session.body_room().most_after, wire::frame_overhead_bytes);
}

TEST_F(SessionContent, a_large_body_finds_its_message_among_those_of_other_channels) {
    server.accepts_channel(2);
    const std::string body(50'000, 'x');
    wire::Buffer frame;
    wire::encode_body(frame, 1, wire::as_bytes(body), wire::default_frame_bytes);
    for (const std::uint16_t channel : {std::uint16_t{1}, std::uint16_t{2}}) {
        server.sends(channel, deliver);
        server.sends_header(channel, body.size());
    }

    server.sends_bytes(frame.view().first(wire::frame_header_bytes));
    const amqp::Session::BodyRoom room = server.session.body_room();
    ASSERT_EQ(room.bytes.size(), body.size());
    body.copy(reinterpret_cast<char*>(room.bytes.data()), body.size());
    server.session.body_received(body.size(), server.now);
    server.sends_bytes(frame.view().last(1));

    EXPECT_EQ(server.events.take(), Events{"1: delivery 7 Ticked '" + body + "'"});
}

TEST_F(SessionContent, there_is_no_room_for_a_body_that_is_skipped_or_on_a_closing_channel) {
    wire::Buffer frame;
    wire::encode_body(frame, 1, wire::as_bytes(std::string(100'000, 'x')),
                      wire::default_frame_bytes);
    server.sends(1, deliver);
    server.sends_header(1, 100'000);
    server.sends_bytes(frame.view().first(1000));
    EXPECT_FALSE(server.session.body_room().bytes.empty());

    server.session.close_channel(1, server.now);

    EXPECT_TRUE(server.session.body_room().bytes.empty());
}

TEST_F(SessionContent, other_channels_and_heartbeats_interleave) {
    server.accepts_channel(2);
    wire::BasicDeliver other = deliver;
    other.delivery_tag = 8;

    server.sends(1, deliver);
    server.sends_heartbeat();
    server.sends(2, other);
    server.sends_header(1, 2);
    server.sends_header(2, 2);
    server.sends_body(2, "xy");
    server.sends(2, wire::BasicAck{.delivery_tag = 1});
    server.sends_body(1, "ab");

    EXPECT_EQ(server.events.take(),
              (Events{"2: delivery 8 Ticked 'xy'", "2: ack 1", "1: delivery 7 Ticked 'ab'"}));
}

TEST_F(SessionContent, a_method_in_the_middle_of_a_message_is_refused) {
    server.sends(1, deliver);
    server.sends_header(1, 5);

    server.sends(1, wire::BasicAck{.delivery_tag = 1});

    expect_closed_with(505);
}

TEST_F(SessionContent, a_header_without_a_method_is_refused) {
    server.sends_header(1, 5);

    expect_closed_with(505);
}

TEST_F(SessionContent, a_body_without_a_header_is_refused) {
    server.sends(1, deliver);
    server.sends_body(1, "hello");

    expect_closed_with(505);
}

TEST_F(SessionContent, a_second_header_is_refused) {
    server.sends(1, deliver);
    server.sends_header(1, 5);
    server.sends_header(1, 5);

    expect_closed_with(505);
}

TEST_F(SessionContent, a_body_longer_than_announced_is_refused) {
    server.sends(1, deliver);
    server.sends_header(1, 5);
    server.sends_body(1, "four");
    server.sends_body(1, "four");

    expect_closed_with(501);
}

TEST_F(SessionContent, content_on_channel_0_is_refused) {
    server.sends_body(0, "hello");

    expect_closed_with(505);
}

TEST_F(SessionContent, content_on_a_channel_that_is_not_open_is_refused) {
    server.sends(9, deliver);

    expect_closed_with(504);
}

TEST_F(SessionContent, properties_that_cannot_be_read_spoil_only_their_message) {
    bool has_bad_properties = false;
    server.events.inspect = [&](const amqp::Delivery& delivery) {
        has_bad_properties = delivery.has_bad_properties;
    };
    // class 60, weight 0, body size 2, flags: content type, with a wrong length.
    const std::string_view payload("\0\x3c\0\0\0\0\0\0\0\0\0\x02\x80\0\xff", 15);
    wire::Buffer header;
    wire::FrameWriter frame(header, wire::FrameType::header, 1);
    frame.payload().raw(wire::as_bytes(payload));
    frame.finish();

    server.sends(1, deliver);
    server.sends_bytes(header.view());
    server.sends_body(1, "ab");

    EXPECT_TRUE(has_bad_properties);
    EXPECT_EQ(server.events.take(), Events{"1: delivery 7 Ticked 'ab'"});
    EXPECT_TRUE(server.session.is_open());
}

TEST_F(SessionContent, a_returned_message_comes_back_whole_and_before_its_confirm) {
    server.sends_message(1,
                         wire::BasicReturn{.reply_code = 312,
                                           .reply_text = "NO_ROUTE",
                                           .exchange = "commands",
                                           .routing_key = "nobody.Here"},
                         "body");
    server.sends(1, wire::BasicAck{.delivery_tag = 1});

    EXPECT_EQ(server.events.take(), (Events{"1: returned 312 nobody.Here 'body'", "1: ack 1"}));
}

TEST_F(SessionContent, confirms_are_reported_multiple_and_out_of_order) {
    server.sends(1, wire::BasicAck{.delivery_tag = 5});
    server.sends(1, wire::BasicNack{.delivery_tag = 2});
    server.sends(1, wire::BasicAck{.delivery_tag = 4, .multiple = true});

    EXPECT_EQ(server.events.take(), (Events{"1: ack 5", "1: nack 2", "1: ack 4 multiple"}));
}

TEST_F(SessionContent, a_message_after_a_large_one_starts_from_nothing) {
    const std::string large(2 << 20, 'x');

    server.sends_message(1, deliver, large);
    server.sends_message(1, deliver, "small");

    EXPECT_EQ(server.events.take(),
              (Events{"1: delivery 7 Ticked '" + large + "'", "1: delivery 7 Ticked 'small'"}));
}

TEST(SessionContentLimits, a_body_over_the_limit_is_skipped_and_said_to_be) {
    ScriptedServer server({.max_body_bytes = 8});
    server.is_ready();
    std::uint64_t announced = 0;
    server.events.inspect = [&](const amqp::Delivery& delivery) { announced = delivery.body_size; };

    server.sends_message(1, wire::BasicDeliver{.delivery_tag = 1}, "123456789");
    EXPECT_EQ(announced, 9u);
    server.sends_message(1, wire::BasicDeliver{.delivery_tag = 2}, "12345678");

    EXPECT_EQ(server.events.take(),
              (Events{"1: delivery 1  oversized ''", "1: delivery 2  '12345678'"}));
}

TEST(SessionContentLimits, a_body_of_2_to_the_63_bytes_takes_no_memory) {
    ScriptedServer server;
    server.is_ready();

    server.sends(1, wire::BasicDeliver{.delivery_tag = 1});
    server.sends_header(1, std::uint64_t{1} << 63);
    server.sends_body(1, "only the beginning");

    EXPECT_EQ(server.events.take(), Events{});
    EXPECT_TRUE(server.session.is_open());
}

TEST(SessionContentLimits, frames_over_the_agreed_size_are_refused) {
    ScriptedServer server({.frame_max = 4096});
    server.is_ready();

    server.sends(1, wire::BasicDeliver{.delivery_tag = 1});
    server.sends_header(1, 5000);
    server.sends_body(1, std::string(4096 - wire::frame_overhead_bytes + 1, 'x'));

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 501);
}

TEST(SessionContentLimits, frames_of_just_the_agreed_size_are_accepted) {
    ScriptedServer server({.frame_max = 4096});
    server.is_ready();
    const std::string body(4096 - wire::frame_overhead_bytes, 'x');

    server.sends_message(1, wire::BasicDeliver{.delivery_tag = 1}, body);

    EXPECT_EQ(server.events.take(), Events{"1: delivery 1  '" + body + "'"});
}

TEST_F(SessionContent, a_large_body_is_received_into_the_buffer_that_was_left_for_it) {
    constexpr std::size_t large = std::size_t{2} << 20;  // more than a session keeps for itself
    const std::string half(large / 2, 'x');
    wire::Buffer left;
    left.reserve(large);
    const std::byte* const memory = left.data();
    wire::Buffer taken;
    std::vector<const std::byte*> places;
    server.events.inspect = [&](const amqp::Delivery& delivery) {
        places.push_back(delivery.body.data());
        if (places.size() > 1) return;
        taken = std::move(*delivery.own_body);
        *delivery.own_body = std::move(left);
    };

    for (int i = 0; i < 2; ++i) {
        server.sends(1, deliver);
        server.sends_header(1, large);
        server.sends_body(1, half);
        server.sends_body(1, half);
    }

    ASSERT_EQ(places.size(), 2u);
    EXPECT_EQ(places.back(), memory);
}

}  // namespace
}  // namespace eventail::test
