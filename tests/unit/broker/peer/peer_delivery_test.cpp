#include "unit/broker/peer/peer_fixture.hpp"

namespace eventail::broker {
namespace {

class PeerDeliveryTest : public PeerTest {
protected:
    void SetUp() override {
        client_.connect();
        client_.send(1, wire::QueueDeclare{.queue = "q"});
        client_.take();
    }
};

TEST_F(PeerDeliveryTest, a_consumer_is_confirmed_before_its_first_delivery) {
    client_.publish("q", "hello");

    client_.send(1, wire::BasicConsume{.queue = "q", .consumer_tag = "t"});

    EXPECT_THAT(client_.take(),
                ElementsAre("1 basic.consume-ok consumer_tag=t",
                            "1 basic.deliver consumer_tag=t delivery_tag=1 routing_key=q",
                            "1 content-header body_size=5", "1 body hello"));
}

TEST_F(PeerDeliveryTest, an_empty_message_has_no_body_frame) {
    client_.send(1, wire::BasicConsume{.queue = "q", .consumer_tag = "t"});
    client_.take();

    client_.publish("q", "");

    EXPECT_THAT(client_.take(),
                ElementsAre("1 basic.deliver consumer_tag=t delivery_tag=1 routing_key=q",
                            "1 content-header"));
}

TEST_F(PeerDeliveryTest, bodies_are_cut_to_the_frames_of_each_receiver) {
    const std::string body = std::string(4088, 'a') + std::string(4088, 'b') + "c";
    PeerClient small(context_, now_);
    small.connect({2047, 4096, 0});
    small.send(1, wire::BasicConsume{.queue = "q", .consumer_tag = "t"});
    small.take();

    client_.publish("q", body);

    EXPECT_EQ(small.ready_count, 1);
    EXPECT_THAT(small.take(),
                ElementsAre("1 basic.deliver consumer_tag=t delivery_tag=1 routing_key=q",
                            "1 content-header body_size=8177", "1 body " + std::string(4088, 'a'),
                            "1 body " + std::string(4088, 'b'), "1 body c"));
}

TEST_F(PeerDeliveryTest, content_headers_are_not_held_to_the_frames_of_the_one_who_gets_them) {
    const std::string text(10'000, 'x');
    wire::Table headers;
    headers.set("text", std::string_view(text));
    wire::Buffer message;
    wire::encode_method(message, 1, wire::BasicPublish{.routing_key = "q"});
    wire::encode_content_header(message, 1,
                                {.body_size = 5, .properties = {.headers = headers.view()}});
    wire::encode_body(message, 1, wire::as_bytes("hello"), wire::min_frame_bytes);
    PeerClient small(context_, now_);
    small.connect({2047, 4096, 0});
    small.send(1, wire::BasicConsume{.queue = "q", .consumer_tag = "t"});
    small.take();

    client_.send_bytes(message.view());

    EXPECT_THAT(small.take(),
                ElementsAre("1 basic.deliver consumer_tag=t delivery_tag=1 routing_key=q",
                            AllOf(HasSubstr("content-header body_size=5"), HasSubstr(text)),
                            "1 body hello"));
}

TEST_F(PeerDeliveryTest, get_hands_out_one_message_or_says_that_there_is_none) {
    client_.publish("q", "a", 2);

    client_.send(1, wire::BasicGet{.queue = "q"}, wire::QueuePurge{.queue = "q"},
                 wire::BasicGet{.queue = "q"});

    EXPECT_THAT(client_.take(),
                ElementsAre("1 basic.get-ok delivery_tag=1 routing_key=q message_count=1",
                            "1 content-header body_size=1", "1 body a",
                            "1 queue.purge-ok message_count=1", "1 basic.get-empty"));
}

TEST_F(PeerDeliveryTest, deliveries_pause_while_the_client_does_not_take_them) {
    context_.options.pause_output_bytes = 10'000;
    client_.publish("q", std::string(1000, 'x'), 100);

    client_.send(1, wire::BasicConsume{.queue = "q", .consumer_tag = "t"});

    EXPECT_LT(client_.peer().output().size_bytes(), 12'000u);
    EXPECT_EQ(client_.take().size(), 1u + 300u);
}

TEST_F(PeerDeliveryTest, a_client_that_does_not_take_its_answers_is_not_read) {
    context_.options.pause_output_bytes = 100;
    client_.publish("q", std::string(1000, 'x'));

    client_.send(1, wire::BasicGet{.queue = "q"});
    EXPECT_FALSE(client_.peer().wants_input());

    client_.take();
    EXPECT_TRUE(client_.peer().wants_input());
}

TEST_F(PeerDeliveryTest, a_large_body_is_not_copied_for_each_receiver) {
    const auto held_before = core_.held_bytes();
    client_.publish("q", std::string(1'000'000, 'x'));

    client_.send(1, wire::BasicGet{.queue = "q", .no_ack = true});

    std::array<wire::Bytes, 64> views;
    const std::size_t count = client_.peer().gather(views);
    std::size_t own_bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (views[i].size() < 1000) own_bytes += views[i].size();
    }
    EXPECT_LT(own_bytes, 1000u);
    EXPECT_GT(core_.held_bytes(), held_before + 1'000'000);
    client_.take();
    EXPECT_LT(core_.held_bytes(), held_before + 1'000);
}

TEST_F(PeerDeliveryTest, output_may_go_in_any_splits) {
    const std::string large(20'000, 'x');
    client_.publish("q", large);
    client_.publish("q", "small");
    client_.send(1, wire::BasicConsume{.queue = "q", .consumer_tag = "t"});

    std::string bytes;
    for (std::string part = client_.write_bytes(7); !part.empty(); part = client_.write_bytes(7)) {
        bytes += part;
    }
    Lines lines;
    FramesAsText().add(wire::as_bytes(bytes), lines);

    EXPECT_THAT(lines,
                ElementsAre("1 basic.consume-ok consumer_tag=t", HasSubstr("delivery_tag=1"),
                            HasSubstr("body_size=20000"), "1 body " + large,
                            HasSubstr("delivery_tag=2"), HasSubstr("body_size=5"), "1 body small"));
}

TEST_F(PeerDeliveryTest, a_consumer_of_a_deleted_queue_gets_a_cancel_if_it_understands_it) {
    PeerClient deaf(context_, now_);
    deaf.connect({2047, 131072, 0}, false);
    for (PeerClient* client : {&client_, &deaf}) {
        client->send(1, wire::BasicConsume{.queue = "q", .consumer_tag = "t"});
        client->take();
    }

    core_.delete_queue("/", "q");

    EXPECT_THAT(client_.take(), ElementsAre("1 basic.cancel consumer_tag=t nowait=true"));
    EXPECT_THAT(deaf.take(), IsEmpty());
}

TEST_F(PeerDeliveryTest, unacknowledged_messages_of_a_lost_client_come_again) {
    client_.publish("q", "a");
    PeerClient other(context_, now_);
    other.connect();
    other.send(1, wire::BasicConsume{.queue = "q", .consumer_tag = "t"});
    other.take();

    other.disconnect();
    client_.send(1, wire::BasicGet{.queue = "q"});

    EXPECT_THAT(client_.take(), testing::Contains(HasSubstr("redelivered=true")));
}

TEST_F(PeerDeliveryTest, closing_all_channels_requeues_their_deliveries) {
    client_.publish("q", "a");
    client_.send(1, wire::BasicGet{.queue = "q"});
    client_.take();

    client_.peer().close_channels(wire::ReplyCode::precondition_failed, "PRECONDITION_FAILED - no",
                                  now_);

    EXPECT_THAT(client_.take(), ElementsAre("1 channel.close reply_code=406 "
                                            "reply_text=\"PRECONDITION_FAILED - no\""));
    EXPECT_EQ(core_.list_queues("/")[0].ready_count, 1u);
}

TEST_F(PeerDeliveryTest, a_delivery_that_waits_too_long_costs_its_channel) {
    client_.publish("q", "a", 2);
    client_.send(1, wire::BasicGet{.queue = "q"});
    client_.take();
    pass(20min);
    client_.send(1, wire::BasicGet{.queue = "q"});
    client_.take();

    pass(10min - 1ms);
    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_EQ(client_.peer().next_deadline(), now_ + 1ms);
    pass(1ms);

    EXPECT_THAT(client_.take(),
                ElementsAre(HasSubstr("1 channel.close reply_code=406 reply_text=\"PRECONDITION_"
                                      "FAILED - delivery acknowledgement on channel 1 timed out")));
    EXPECT_EQ(core_.list_queues("/")[0].ready_count, 2u);
    EXPECT_EQ(client_.peer().next_deadline(), std::nullopt);
}

TEST_F(PeerDeliveryTest, the_oldest_delivery_that_is_not_settled_counts) {
    client_.publish("q", "a", 2);
    client_.send(1, wire::BasicGet{.queue = "q"});
    client_.take();
    pass(20min);
    client_.send(1, wire::BasicGet{.queue = "q"}, wire::BasicAck{.delivery_tag = 1});
    client_.take();

    EXPECT_EQ(client_.peer().next_deadline(), now_ + 30min);
}

TEST_F(PeerDeliveryTest, without_a_timeout_deliveries_may_wait_for_ever) {
    context_.options.consumer_timeout = {};
    client_.publish("q", "a");
    client_.send(1, wire::BasicGet{.queue = "q"});
    client_.take();

    EXPECT_EQ(client_.peer().next_deadline(), std::nullopt);
}

TEST_F(PeerDeliveryTest, delete_ok_comes_before_the_cancel_of_the_channels_own_consumer) {
    client_.send(1, wire::BasicConsume{.queue = "q", .consumer_tag = "c"});
    client_.take();

    client_.send(1, wire::QueueDelete{.queue = "q"});

    EXPECT_THAT(
        client_.take(),
        ElementsAre("1 queue.delete-ok", HasSubstr("1 basic.cancel consumer_tag=c nowait=true")));
}

TEST_F(PeerDeliveryTest, consumers_on_other_channels_hear_of_it_too) {
    client_.send(2, wire::ChannelOpen{});
    client_.send(2, wire::BasicConsume{.queue = "q", .consumer_tag = "c"});
    client_.send(2, wire::BasicConsume{.queue = "q", .consumer_tag = "d"});
    client_.take();

    client_.send(1, wire::QueueDelete{.queue = "q"});

    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("1 queue.delete-ok"),
                                            HasSubstr("2 basic.cancel consumer_tag=c"),
                                            HasSubstr("2 basic.cancel consumer_tag=d")));
}

}  // namespace
}  // namespace eventail::broker
