#include "unit/broker/peer/peer_fixture.hpp"

namespace eventail::broker {
namespace {

class PeerChannelTest : public PeerTest {
protected:
    void SetUp() override { client_.connect(); }

    /// Expects that the client got a close of its connection and nothing else.
    void expect_connection_close(const std::string& rest) {
        EXPECT_THAT(client_.take(), ElementsAre("0 connection.close " + rest));
        EXPECT_FALSE(client_.peer().is_finished());
        client_.send(0, wire::ConnectionCloseOk{});
        EXPECT_TRUE(client_.peer().is_finished());
    }
    const wire::QueueDeclare missing_queue_ = {.queue = "missing", .passive = true};
};

TEST_F(PeerChannelTest, a_channel_has_to_be_opened_first) {
    client_.send(2, wire::QueueDeclare{.queue = "q"});

    expect_connection_close(
        "reply_code=504 reply_text=\"CHANNEL_ERROR - expected 'channel.open'\" class_id=50 "
        "method_id=10");
}

TEST_F(PeerChannelTest, a_channel_cannot_be_opened_twice) {
    client_.send(1, wire::ChannelOpen{});

    expect_connection_close(
        "reply_code=504 reply_text=\"CHANNEL_ERROR - second 'channel.open' seen\" class_id=20 "
        "method_id=10");
}

TEST_F(PeerTest, no_more_channels_than_were_agreed_on) {
    client_.connect({2, 131072, 0});

    client_.send(30, wire::ChannelOpen{});
    client_.send(31, wire::ChannelOpen{});

    EXPECT_THAT(client_.take(),
                ElementsAre("30 channel.open-ok",
                            "0 connection.close reply_code=530 reply_text=\"NOT_ALLOWED - number "
                            "of channels opened (2) has reached the negotiated channel_max (2)\""));
}

TEST_F(PeerChannelTest, a_soft_error_closes_the_channel_and_later_methods_are_ignored) {
    client_.send(2, wire::ChannelOpen{});
    client_.take();

    client_.send(1, missing_queue_, wire::BasicQos{.prefetch_count = 1});
    client_.publish("q");
    client_.send(2, wire::BasicQos{.prefetch_count = 1});

    EXPECT_THAT(client_.take(),
                ElementsAre("1 channel.close reply_code=404 reply_text=\"NOT_FOUND - no queue "
                            "'missing' in vhost '/'\" class_id=50 method_id=10",
                            "2 basic.qos-ok"));
}

TEST_F(PeerChannelTest, a_closed_channel_is_free_once_close_ok_has_come) {
    client_.send(1, missing_queue_);
    client_.take();

    client_.send(1, wire::ChannelCloseOk{}, wire::ChannelOpen{});

    EXPECT_THAT(client_.take(), ElementsAre("1 channel.open-ok"));
}

TEST_F(PeerChannelTest, a_close_that_crosses_ours_is_answered) {
    client_.send(1, missing_queue_);
    client_.take();

    client_.send(1, wire::ChannelClose{.reply_code = 200}, wire::ChannelCloseOk{},
                 wire::ChannelOpen{});

    EXPECT_THAT(client_.take(), ElementsAre("1 channel.close-ok", "1 channel.open-ok"));
}

TEST_F(PeerChannelTest, a_closed_channel_cannot_be_opened_before_its_close_was_answered) {
    client_.send(1, missing_queue_);
    client_.take();

    client_.send(1, wire::ChannelOpen{});

    expect_connection_close(
        "reply_code=504 reply_text=\"CHANNEL_ERROR - second 'channel.open' seen\" class_id=20 "
        "method_id=10");
}

TEST_F(PeerChannelTest, a_close_ok_that_nobody_asked_for_is_a_503) {
    client_.send(1, wire::ChannelCloseOk{});

    expect_connection_close(
        "reply_code=503 reply_text=\"COMMAND_INVALID - unimplemented method\" class_id=20 "
        "method_id=41");
}

TEST_F(PeerChannelTest, a_channel_that_the_client_closed_is_free_at_once) {
    client_.send(1, wire::ChannelClose{.reply_code = 200}, wire::ChannelOpen{});

    EXPECT_THAT(client_.take(), ElementsAre("1 channel.close-ok", "1 channel.open-ok"));
}

TEST_F(PeerChannelTest, a_method_that_does_not_exist_ends_the_connection_without_a_word) {
    client_.send_frame(wire::FrameType::method, 1, {"\0\x3c\x03\xe7", 4});

    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerChannelTest, a_method_that_only_brokers_send_is_a_503) {
    client_.send(1, wire::BasicGetEmpty{});

    expect_connection_close(
        "reply_code=503 reply_text=\"COMMAND_INVALID - unimplemented method\" class_id=60 "
        "method_id=72");
}

TEST_F(PeerChannelTest, arguments_that_cannot_be_read_are_a_501) {
    client_.send_frame(wire::FrameType::method, 1, {"\0\x32\0\x0a\0\0\5ab", 9});

    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("reply_code=501")));
}

TEST_F(PeerChannelTest, a_method_of_a_channel_on_channel_0_is_a_504) {
    client_.send(0, wire::QueueDeclare{.queue = "q"});

    expect_connection_close(
        "reply_code=504 reply_text=\"CHANNEL_ERROR - unexpected method in connection state "
        "running\" class_id=50 method_id=10");
}

TEST_F(PeerChannelTest, a_method_where_a_content_header_belongs_is_a_505) {
    client_.send(1, wire::BasicPublish{.routing_key = "q"}, wire::BasicQos{});

    expect_connection_close(
        "reply_code=505 reply_text=\"UNEXPECTED_FRAME - expected content header for class 60, got "
        "non content header frame instead\" class_id=60 method_id=40");
}

TEST_F(PeerChannelTest, a_method_where_a_body_belongs_is_a_505) {
    wire::Buffer bytes;
    wire::encode_method(bytes, 1, wire::BasicPublish{.routing_key = "q"});
    wire::encode_content_header(bytes, 1, {.body_size = 5});
    client_.send_bytes(bytes.view());
    client_.send(1, wire::BasicQos{});

    expect_connection_close(
        "reply_code=505 reply_text=\"UNEXPECTED_FRAME - expected content body, got non content "
        "body frame instead\" class_id=60 method_id=40");
}

TEST_F(PeerChannelTest, content_that_nobody_announced_is_a_505) {
    client_.send_frame(wire::FrameType::body, 1, "x");

    expect_connection_close(
        "reply_code=505 reply_text=\"UNEXPECTED_FRAME - expected method frame, got non method "
        "frame instead\"");
}

TEST_F(PeerChannelTest, a_body_longer_than_announced_is_a_501) {
    wire::Buffer bytes;
    wire::encode_method(bytes, 1, wire::BasicPublish{.routing_key = "q"});
    wire::encode_content_header(bytes, 1, {.body_size = 2});
    wire::encode_body(bytes, 1, wire::as_bytes("abc"), 4096);
    client_.send_bytes(bytes.view());

    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("reply_code=501")));
    EXPECT_EQ(context_.unfinished_bytes, 0u);
}

TEST_F(PeerChannelTest, properties_that_cannot_be_read_are_a_541) {
    client_.send(1, wire::BasicPublish{.routing_key = "q"});
    client_.send_frame(wire::FrameType::header, 1, {"\0\x3c\0\0\0\0\0\0\0\0\0\0\xff\xff\xff", 15});

    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("reply_code=541")));
}

TEST_F(PeerChannelTest, a_message_that_is_too_large_is_not_kept_and_closes_the_channel) {
    context_.options.max_message_bytes = 10;
    client_.publish("q", "12345678901");

    EXPECT_THAT(client_.take(),
                ElementsAre("1 channel.close reply_code=406 reply_text=\"PRECONDITION_FAILED - "
                            "message size 11 is larger than configured max size 10\" class_id=60 "
                            "method_id=40"));
}

TEST_F(PeerChannelTest, a_body_that_is_announced_as_endless_takes_no_memory) {
    wire::Buffer bytes;
    wire::encode_method(bytes, 1, wire::BasicPublish{.routing_key = "q"});
    wire::encode_content_header(bytes, 1, {.body_size = std::uint64_t{1} << 63});
    wire::encode_body(bytes, 1, wire::as_bytes(std::string(100'000, 'x')), 4096);
    client_.send_bytes(bytes.view());

    EXPECT_EQ(context_.unfinished_bytes, 0u);
    EXPECT_THAT(client_.take(), IsEmpty());
}

TEST_F(PeerChannelTest, messages_that_are_never_completed_are_bounded) {
    context_.options.max_unfinished_bytes = 1000;
    wire::Buffer bytes;
    wire::encode_method(bytes, 1, wire::BasicPublish{.routing_key = "q"});
    wire::encode_content_header(bytes, 1, {.body_size = 5000});
    wire::encode_body(bytes, 1, wire::as_bytes(std::string(600, 'x')), 4096);
    client_.send_bytes(bytes.view());
    EXPECT_EQ(context_.unfinished_bytes, 600u);

    client_.send_frame(wire::FrameType::body, 1, std::string(600, 'x'));

    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("reply_code=506")));
    EXPECT_EQ(context_.unfinished_bytes, 0u);
}

TEST_F(PeerChannelTest, a_message_that_is_complete_is_no_longer_counted_as_unfinished) {
    client_.publish("q", "hello", 3);

    EXPECT_EQ(context_.unfinished_bytes, 0u);
}

TEST_F(PeerTest, a_frame_may_be_as_much_larger_than_agreed_on_as_rabbitmq_allows) {
    client_.connect({2047, 4096, 0});
    client_.send(1, wire::QueueDeclare{.queue = "q"});
    client_.take();
    wire::Buffer bytes;
    wire::encode_method(bytes, 1, wire::BasicPublish{.routing_key = "q"});
    wire::encode_content_header(bytes, 1, {.body_size = 4096});
    PeerClient::append_frame(bytes, wire::FrameType::body, 1, std::string(4096, 'x'));

    client_.send_bytes(bytes.view());
    EXPECT_EQ(core_.list_queues("/")[0].ready_count, 1u);

    client_.send_frame(wire::FrameType::body, 1, std::string(4097, 'x'));
    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("reply_code=501")));
}

TEST_F(PeerChannelTest, a_frame_above_frame_max_is_a_501_and_the_stream_is_lost) {
    client_.send_bytes(wire::as_bytes({"\3\0\1\xff\xff\xff\xff", 7}));
    client_.send(1, wire::BasicQos{});

    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("reply_code=501")));
    EXPECT_FALSE(client_.peer().is_finished());
    pass(3s);
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerChannelTest, flow_can_only_be_switched_on) {
    client_.send(1, wire::ChannelFlow{.active = true}, wire::ChannelFlow{.active = false});

    EXPECT_THAT(client_.take(),
                ElementsAre("1 channel.flow-ok active=true",
                            "0 connection.close reply_code=540 reply_text=\"NOT_IMPLEMENTED - "
                            "active=false\" class_id=20 method_id=20"));
}

TEST_F(PeerChannelTest, immediate_is_not_implemented) {
    wire::Buffer bytes;
    PeerClient::append_message(bytes, {.routing_key = "q", .immediate = true}, "x");

    client_.send_bytes(bytes.view());

    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("NOT_IMPLEMENTED - immediate=true")));
}

TEST_F(PeerChannelTest, an_exclusive_queue_goes_with_its_connection) {
    client_.send(1, wire::QueueDeclare{.queue = "mine", .exclusive = true});
    ASSERT_EQ(core_.list_queues("/").size(), 1u);

    client_.send(0, wire::ConnectionClose{.reply_code = 200});

    EXPECT_EQ(core_.list_queues("/").size(), 0u);
    EXPECT_EQ(client_.take().back(), "0 connection.close-ok");
}

TEST_F(PeerChannelTest, nowait_is_not_answered) {
    client_.send(1, wire::QueueDeclare{.queue = "q", .nowait = true},
                 wire::ExchangeDeclare{.exchange = "e", .type = "topic", .nowait = true},
                 wire::QueueBind{.queue = "q", .exchange = "e", .nowait = true},
                 wire::BasicConsume{.queue = "q", .consumer_tag = "t", .nowait = true},
                 wire::BasicCancel{.consumer_tag = "t", .nowait = true},
                 wire::QueuePurge{.queue = "q", .nowait = true},
                 wire::ConfirmSelect{.nowait = true});

    EXPECT_THAT(client_.take(), IsEmpty());
}

}  // namespace
}  // namespace eventail::broker
