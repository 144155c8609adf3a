#include "support/scripted_server.hpp"
#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace eventail::test {
namespace {

using namespace std::chrono_literals;
using Cause = amqp::SessionEnd::Cause;
using Events = std::vector<std::string>;

std::shared_ptr<const wire::Buffer> message_on(std::uint16_t channel, std::string_view body) {
    wire::Buffer bytes;
    wire::encode_method(bytes, channel, wire::BasicPublish{.exchange = "events"});
    wire::encode_content_header(bytes, channel, {.body_size = body.size()});
    wire::encode_body(bytes, channel, wire::as_bytes(body), 4096);
    return std::make_shared<const wire::Buffer>(std::move(bytes));
}

class SessionChannels : public testing::Test {
protected:
    SessionChannels() { server.is_ready(); }

    ScriptedServer server;
};

// ---- Opening

TEST_F(SessionChannels, requests_need_not_wait_for_the_channel_to_open) {
    EXPECT_TRUE(server.session.open_channel(2, server.now));
    EXPECT_TRUE(server.session.request(2, wire::ConfirmSelect{}, server.now));

    server.expect<wire::ChannelOpen>(2);
    server.expect<wire::ConfirmSelect>(2);
    server.sends(2, wire::ChannelOpenOk{});
    server.sends(2, wire::ConfirmSelectOk{});

    EXPECT_EQ(server.events.take(), (Events{"2: channel.open-ok", "2: confirm.select-ok"}));
}

TEST_F(SessionChannels, an_id_that_is_in_use_cannot_be_opened) {
    EXPECT_THROW(server.session.open_channel(1, server.now), std::logic_error);
    EXPECT_THROW(server.session.open_channel(0, server.now), std::logic_error);
    EXPECT_THROW(server.session.open_channel(2048, server.now), std::logic_error);
    server.expect_nothing();
}

// ---- Requests

TEST_F(SessionChannels, replies_come_in_the_order_of_the_requests) {
    server.session.request(1, wire::QueueDeclare{.queue = "q"}, server.now);
    server.session.request(1, wire::QueueBind{.queue = "q"}, server.now);

    server.sends(1, wire::QueueDeclareOk{.queue = "q", .message_count = 3});
    server.sends(1, wire::QueueBindOk{});

    EXPECT_EQ(server.events.take(),
              (Events{"1: queue.declare-ok queue=q message_count=3", "1: queue.bind-ok"}));
}

TEST_F(SessionChannels, a_reply_that_nobody_asked_for_is_refused) {
    server.sends(1, wire::QueueBindOk{});

    const auto close = server.expect<wire::ConnectionClose>(0);
    EXPECT_EQ(close.reply_code, 503);
    EXPECT_EQ(close.class_id, 50);
    EXPECT_EQ(close.method_id, 21);
    EXPECT_EQ(server.end().text, "an unexpected queue.bind-ok on channel 1");
}

TEST_F(SessionChannels, a_reply_to_another_request_is_refused) {
    server.session.request(1, wire::QueueDeclare{}, server.now);
    server.expect<wire::QueueDeclare>(1);

    server.sends(1, wire::BasicQosOk{});

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 503);
}

TEST_F(SessionChannels, a_request_from_the_server_is_refused) {
    server.sends(1, wire::QueueDeclare{});

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 503);
}

TEST_F(SessionChannels, update_secret_is_ours_to_send) {
    server.sends(0, wire::ConnectionUpdateSecret{});

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 503);
}

TEST_F(SessionChannels, an_unanswered_request_ends_the_session) {
    server.session.request(1, wire::QueueDeclare{}, server.now);
    server.session.request(1, wire::QueueBind{}, server.now + 1s);
    server.reads();

    server.now += 29999ms;
    server.sends_heartbeat();
    EXPECT_EQ(server.session.next_deadline(), server.now + 1ms);
    server.passes(1ms);

    EXPECT_EQ(server.end().cause, Cause::timed_out);
    EXPECT_EQ(server.end().text, "no answer to queue.declare within 30 s");
}

TEST_F(SessionChannels, basic_get_is_answered_by_a_message_or_by_none) {
    server.session.request(1, wire::BasicGet{.queue = "q"}, server.now);
    server.session.request(1, wire::BasicGet{.queue = "q"}, server.now);

    server.sends_message(1, wire::BasicGetOk{.delivery_tag = 1, .routing_key = "k"}, "body");
    server.sends(1, wire::BasicGetEmpty{});

    EXPECT_EQ(server.events.take(), (Events{"1: delivery 1 k 'body'", "1: basic.get-empty"}));
}

TEST_F(SessionChannels, a_message_that_nobody_got_is_refused) {
    server.sends(1, wire::BasicGetOk{.delivery_tag = 1});

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 503);
}

TEST_F(SessionChannels, what_does_not_fit_is_refused_locally) {
    ScriptedServer small({.frame_max = 4096});
    small.is_ready();
    wire::Table arguments;
    arguments.set("x", std::string_view(std::string(4096, 'x')));
    const std::string long_name(256, 'q');

    EXPECT_THROW(small.session.request(1, wire::QueueDeclare{.arguments = arguments}, small.now),
                 std::length_error);
    EXPECT_THROW(small.session.request(1, wire::QueueDeclare{.queue = long_name}, small.now),
                 std::length_error);
    EXPECT_THROW(small.session.request(1, wire::QueueDeclare{.nowait = true}, small.now),
                 std::logic_error);

    small.expect_nothing();
    small.passes(31s);
    EXPECT_FALSE(small.session.is_ended()) << "a refused request is waited for";
}

TEST_F(SessionChannels, whole_messages_leave_between_control_frames) {
    const std::shared_ptr<const wire::Buffer> message = message_on(1, "body");

    server.session.send(1, wire::BasicAck{.delivery_tag = 1});
    EXPECT_TRUE(server.session.publish(message, message->view()));
    server.session.send(1, wire::BasicAck{.delivery_tag = 2});

    server.expect<wire::BasicAck>(1);
    server.expect<wire::BasicPublish>(1);
    EXPECT_EQ(server.expect_frame().type, wire::FrameType::header);
    EXPECT_EQ(server.expect_frame().type, wire::FrameType::body);
    server.expect<wire::BasicAck>(1);
}

TEST_F(SessionChannels, a_body_that_is_not_copied_is_cut_into_frames_that_fill_frame_max) {
    ScriptedServer small;
    small.accepts_handshake({.frame_max = 4096});
    small.accepts_channel(1);
    const auto body = std::make_shared<const std::string>(2 * 4088 + 1, 'b');

    small.session.publish_body(1, body, wire::as_bytes(*body));

    for (const std::size_t size : {4088u, 4088u, 1u}) {
        const wire::Frame frame = small.expect_frame();
        EXPECT_EQ(frame.type, wire::FrameType::body);
        EXPECT_EQ(frame.payload.size(), size);
    }
    small.expect_nothing();
}

// ---- The server's own actions

TEST_F(SessionChannels, a_cancelled_consumer_is_reported_and_answered_only_if_asked) {
    server.sends(1, wire::BasicCancel{.consumer_tag = "c", .nowait = true});
    server.expect_nothing();
    server.sends(1, wire::BasicCancel{.consumer_tag = "d", .nowait = false});

    EXPECT_EQ(server.expect<wire::BasicCancelOk>(1).consumer_tag, "d");
    EXPECT_EQ(server.events.take(), (Events{"1: cancelled c", "1: cancelled d"}));
}

TEST_F(SessionChannels, flow_is_answered) {
    server.sends(1, wire::ChannelFlow{.active = false});

    EXPECT_FALSE(server.expect<wire::ChannelFlowOk>(1).active);
}

TEST_F(SessionChannels, answers_to_a_server_that_does_not_read_are_bounded) {
    for (int i = 0; i < 2000 && !server.session.is_ended(); ++i) {
        server.sends(1, wire::ChannelFlow{.active = true});
    }

    EXPECT_EQ(server.end().code, wire::ReplyCode::resource_error);
    EXPECT_LT(server.session.output().size_bytes(), 20'000u);
}

TEST_F(SessionChannels, an_alarm_is_reported_with_its_reason) {
    server.sends(0, wire::ConnectionBlocked{.reason = "low on memory"});
    server.sends(0, wire::ConnectionUnblocked{});

    EXPECT_EQ(server.events.take(), (Events{"blocked low on memory", "unblocked"}));
}

TEST_F(SessionChannels, requests_have_time_while_the_broker_does_not_read_them) {
    server.sends(0, wire::ConnectionBlocked{.reason = "low on memory"});
    server.session.request(1, wire::QueueDeclare{}, server.now);
    server.reads();

    server.now += 1h;
    server.sends_heartbeat();
    server.passes(0s);
    EXPECT_TRUE(server.session.is_open());
    server.sends(0, wire::ConnectionUnblocked{});
    server.now += 30s;
    server.sends_heartbeat();
    server.passes(0s);

    EXPECT_EQ(server.end().text, "no answer to queue.declare within 30 s");
}

// ---- Closing

TEST_F(SessionChannels, a_channel_that_the_server_closed_is_answered_and_free_again) {
    server.events.react = [&](std::string_view line) {
        if (line.find("closed") != std::string_view::npos) {
            server.session.open_channel(1, server.now);
        }
    };

    server.sends(1, wire::ChannelClose{.reply_code = 404, .reply_text = "NOT_FOUND - no queue"});

    EXPECT_EQ(server.events.take(), Events{"1: closed NOT_FOUND NOT_FOUND - no queue"});
    server.expect<wire::ChannelCloseOk>(1);
    server.expect<wire::ChannelOpen>(1);
    EXPECT_TRUE(server.session.is_channel_usable(1));
}

TEST_F(SessionChannels, requests_of_a_closed_channel_are_not_waited_for) {
    server.session.request(1, wire::QueueDeclare{}, server.now);
    server.sends(1, wire::ChannelClose{.reply_code = 406});
    server.reads();

    server.now += 31s;
    server.sends_heartbeat();
    server.passes(0s);

    EXPECT_TRUE(server.session.is_open());
}

TEST_F(SessionChannels, what_is_meant_for_a_closed_channel_is_dropped) {
    server.sends(1, wire::ChannelClose{.reply_code = 406});
    server.expect<wire::ChannelCloseOk>(1);
    const std::shared_ptr<const wire::Buffer> message = message_on(1, "body");

    EXPECT_FALSE(server.session.send(1, wire::BasicAck{.delivery_tag = 1}));
    EXPECT_FALSE(server.session.request(1, wire::QueueDeclare{}, server.now));
    EXPECT_FALSE(server.session.publish(message, message->view()));
    EXPECT_FALSE(server.session.close_channel(1, server.now));

    server.expect_nothing();
}

TEST_F(SessionChannels, a_frame_for_a_channel_that_the_server_closed_is_refused) {
    server.sends(1, wire::ChannelClose{.reply_code = 406});
    server.expect<wire::ChannelCloseOk>(1);

    server.sends(1, wire::BasicAck{.delivery_tag = 1});

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 504);
}

TEST_F(SessionChannels, everything_but_close_ok_is_discarded_after_our_close) {
    server.session.request(1, wire::QueueDeclare{}, server.now);
    server.sends(1, wire::BasicDeliver{.delivery_tag = 1});
    server.sends_header(1, 10);
    server.sends_body(1, "hello");
    server.session.close_channel(1, server.now);

    server.sends_body(1, "world");
    server.sends(1, wire::QueueDeclareOk{});
    server.sends_message(1, wire::BasicDeliver{.delivery_tag = 2}, "body");
    server.sends(1, wire::BasicAck{.delivery_tag = 1});
    EXPECT_EQ(server.events.take(), Events{});
    server.sends(1, wire::ChannelCloseOk{});

    EXPECT_EQ(server.events.take(), Events{"1: channel.close-ok"});
    EXPECT_TRUE(server.session.is_open());
}

TEST_F(SessionChannels, an_id_is_free_only_after_close_ok) {
    server.session.close_channel(1, server.now);

    EXPECT_FALSE(server.session.is_channel_usable(1));
    EXPECT_THROW(server.session.open_channel(1, server.now), std::logic_error);
    server.sends(1, wire::ChannelCloseOk{});

    EXPECT_TRUE(server.session.open_channel(1, server.now));
}

TEST_F(SessionChannels, closes_that_cross_are_both_answered) {
    server.session.close_channel(1, server.now);
    server.expect<wire::ChannelClose>(1);

    server.sends(1, wire::ChannelClose{.reply_code = 406});
    server.expect<wire::ChannelCloseOk>(1);
    EXPECT_THROW(server.session.open_channel(1, server.now), std::logic_error);
    server.sends(1, wire::ChannelCloseOk{});

    EXPECT_EQ(server.events.take(), Events{"1: channel.close-ok"});
    EXPECT_TRUE(server.session.open_channel(1, server.now));
}

TEST_F(SessionChannels, a_close_that_is_not_answered_ends_the_session) {
    server.session.close_channel(1, server.now);
    server.reads();

    server.now += 30s;
    server.sends_heartbeat();
    server.passes(0s);

    EXPECT_EQ(server.end().cause, Cause::timed_out);
    EXPECT_EQ(server.end().text, "no answer to channel.close within 30 s");
}

TEST_F(SessionChannels, a_channel_can_be_closed_from_within_its_delivery) {
    server.events.react = [&](std::string_view line) {
        if (line.find("delivery") != std::string_view::npos) {
            server.session.close_channel(1, server.now);
        }
    };
    wire::Buffer two;
    for (const std::uint64_t tag : {1u, 2u}) {
        wire::encode_method(two, 1, wire::BasicDeliver{.delivery_tag = tag});
        wire::encode_content_header(two, 1, {});
    }

    server.sends_bytes(two.view());

    EXPECT_EQ(server.events.take(), Events{"1: delivery 1  ''"});
    server.expect<wire::ChannelClose>(1);
}

}  // namespace
}  // namespace eventail::test
