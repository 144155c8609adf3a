// Transactions and direct replies on the line, and operations longer than one frame may take.
#include "unit/broker/peer/peer_fixture.hpp"

namespace eventail::broker {
namespace {

class PeerTransactionTest : public PeerTest {
protected:
    PeerTransactionTest() {
        client_.connect();
        client_.send(1, wire::QueueDeclare{.queue = "q"}, wire::TxSelect{});
        client_.take();
    }
};

TEST_F(PeerTransactionTest, a_mandatory_message_comes_back_before_commit_ok) {
    wire::Buffer bytes;
    PeerClient::append_message(bytes, {.routing_key = "nobody", .mandatory = true}, "back");
    client_.send_bytes(bytes.view());
    EXPECT_THAT(client_.take(), IsEmpty());

    client_.send(1, wire::TxCommit{});

    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("basic.return"), HasSubstr("content-header"),
                                            "1 body back", "1 tx.commit-ok"));
}

TEST_F(PeerTransactionTest, a_commit_that_fails_closes_the_channel) {
    client_.send(
        1,
        wire::QueueDeclare{
            .queue = "full",
            .arguments = wire::Table().set("x-max-length", 0).set("x-overflow", "reject-publish")});
    client_.take();
    client_.publish("full");

    client_.send(1, wire::TxCommit{});

    EXPECT_THAT(client_.take(),
                ElementsAre(testing::AllOf(HasSubstr("406"), HasSubstr("partial tx completion"),
                                           HasSubstr("class_id=90 method_id=20"))));
}

TEST_F(PeerTransactionTest, a_large_commit_goes_on_at_each_tick_and_later_frames_wait) {
    client_.publish("q", "x", 10'000);

    client_.send(1, wire::TxCommit{}, wire::QueueDeclare{.queue = "q", .passive = true});

    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_FALSE(client_.peer().wants_input());
    int ticks = 0;
    while (!client_.peer().wants_input()) {
        ASSERT_LE(*client_.peer().next_deadline(), now_);
        ++ticks;
        pass(0ms);
    }
    EXPECT_GE(ticks, 4);
    EXPECT_THAT(client_.take(), ElementsAre("1 tx.commit-ok", HasSubstr("message_count=10000")));
}

TEST_F(PeerTransactionTest, a_client_that_leaves_in_the_middle_of_a_commit_leaves_it_half_done) {
    client_.publish("q", "x", 10'000);
    client_.send(1, wire::TxCommit{});

    client_.disconnect();
    core_.dispatch();

    const std::size_t count = core_.list_queues("/")[0].ready_count;
    EXPECT_GT(count, 0u);
    EXPECT_LT(count, 10'000u);
}

TEST_F(PeerTransactionTest, a_channel_that_an_operator_closes_in_a_commit_frees_its_connection) {
    client_.publish("q", "x", 10'000);
    client_.send(1, wire::TxCommit{}, wire::ChannelCloseOk{}, wire::ChannelOpen{});

    client_.peer().close_channels(wire::ReplyCode::precondition_failed, "by hand", now_);
    pass(0ms);

    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("channel.close"), "1 channel.open-ok"));
}

TEST_F(PeerTransactionTest, frames_that_waited_for_a_commit_wait_for_the_alarm_too) {
    client_.publish("q", "x", 5'000);
    wire::Buffer bytes;
    wire::encode_method(bytes, 1, wire::TxCommit{});
    PeerClient::append_message(bytes, {.routing_key = "q"}, "y");
    wire::encode_method(bytes, 1, wire::TxCommit{});
    core_.raise_alarm();
    client_.send_bytes(bytes.view());
    for (int i = 0; i < 10; ++i) pass(0ms);
    EXPECT_TRUE(client_.peer().is_blocked());
    client_.take();

    core_.clear_alarm();
    pass(0ms);

    EXPECT_THAT(client_.take(), testing::Contains("1 tx.commit-ok"));
    EXPECT_EQ(core_.list_queues("/")[0].ready_count, 5'001u);
}

TEST_F(PeerTransactionTest, a_reply_goes_to_the_channel_that_asked) {
    PeerClient other(context_, now_);
    other.connect();
    other.send(1, wire::BasicConsume{
                      .queue = "amq.rabbitmq.reply-to", .consumer_tag = "c", .no_ack = true});
    EXPECT_THAT(other.take(), ElementsAre(HasSubstr("basic.consume-ok")));
    wire::Buffer bytes;
    wire::encode_method(bytes, 1, wire::BasicPublish{.routing_key = "q"});
    wire::encode_content_header(
        bytes, 1, {.body_size = 0, .properties = {.reply_to = "amq.rabbitmq.reply-to"}});
    other.send_bytes(bytes.view());
    const auto messages = core_.peek("/", "q", 1);
    ASSERT_EQ(messages.size(), 1u);

    client_.publish(*messages[0]->decoded_properties().reply_to, "well");

    EXPECT_THAT(other.take(), ElementsAre(HasSubstr("basic.deliver consumer_tag=c"),
                                          HasSubstr("content-header"), "1 body well"));
}

}  // namespace
}  // namespace eventail::broker
