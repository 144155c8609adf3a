// Direct replies: consumers without a queue, and their addresses.
#include "unit/broker/core/core_fixture.hpp"

namespace eventail::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

class DirectReplyTest : public BrokerTest {
protected:
    DirectReplyTest() { server_.declare_queue("requests"); }

    void wait_for_replies(std::uint16_t channel = 1) {
        client_.consume("amq.rabbitmq.reply-to", {.tag = "replies", .no_ack = true}, channel);
    }
    /// The address in a request, as a server sees it.
    std::string ask() {
        client_.send("requests", "?", {.reply_to = "amq.rabbitmq.reply-to"});
        const auto got = server_.get("requests", true);
        return std::string(*got->message->decoded_properties().reply_to);
    }

    Client server_{core_};
};

TEST_F(DirectReplyTest, a_reply_arrives_without_a_queue) {
    wait_for_replies();
    const std::string address = ask();

    EXPECT_EQ(server_.send(address, "!"), Fate::unroutable);

    EXPECT_THAT(address, StartsWith("amq.rabbitmq.reply-to."));
    const auto received = client_.take();
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(body_of(*received[0].message), "!");
    EXPECT_EQ(received[0].consumer_tag, "replies");
    EXPECT_EQ(core_.list_queues("/").size(), 1u);
}

TEST_F(DirectReplyTest, each_consumer_has_an_address_of_its_own) {
    wait_for_replies();
    const std::string first = ask();
    client_.channel().cancel({.consumer_tag = "replies"});
    wait_for_replies();
    const std::string second = ask();

    server_.send(first, "late");
    server_.send(second, "!");

    EXPECT_NE(first, second);
    EXPECT_THAT(client_.take_bodies(), ElementsAre("!"));
}

TEST_F(DirectReplyTest, nobody_gets_a_reply_after_the_channel_closed) {
    wait_for_replies();
    const std::string address = ask();
    EXPECT_EQ(server_.declare_queue(address).consumer_count, 1u);

    client_.close_channel(1);

    EXPECT_EQ(server_.send(address, "!"), Fate::unroutable);
    EXPECT_THAT(client_.take(), IsEmpty());
    expect_refusal(wire::ReplyCode::not_found,
                   "NOT_FOUND - no queue '" + address + "' in vhost '/'",
                   [&] { server_.declare_queue(address); });
}

TEST_F(DirectReplyTest, a_request_needs_a_consumer_on_its_own_channel) {
    wait_for_replies(2);

    expect_refusal(wire::ReplyCode::precondition_failed,
                   "PRECONDITION_FAILED - fast reply consumer does not exist", [this] { ask(); });
}

TEST_F(DirectReplyTest, replies_wait_for_a_client_that_does_not_read_and_count_as_memory) {
    wait_for_replies();
    const std::string address = ask();
    client_.connection().pause();
    const std::size_t before = core_.held_bytes();

    server_.send(address, std::string(10'000, '1'));
    server_.send(address, "2");

    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_GT(core_.held_bytes(), before + 10'000);
    client_.pause_after(1);
    client_.connection().resume();
    EXPECT_EQ(client_.take().size(), 1u);
    client_.connection().resume();
    EXPECT_THAT(client_.take_bodies(), ElementsAre("2"));
}

TEST_F(DirectReplyTest, replies_that_wait_go_with_their_consumer) {
    wait_for_replies();
    const std::string address = ask();
    client_.connection().pause();
    const std::size_t before = core_.held_bytes();
    server_.send(address, std::string(10'000, '1'));

    client_.channel().cancel({.consumer_tag = "replies"});

    EXPECT_LE(core_.held_bytes(), before);
}

TEST_F(DirectReplyTest, a_dead_letter_can_be_a_reply) {
    wait_for_replies();
    const std::string address = ask();
    server_.declare_queue("short", {.arguments = wire::Table()
                                                     .set("x-max-length", 0)
                                                     .set("x-dead-letter-exchange", "")
                                                     .set("x-dead-letter-routing-key", address)});

    server_.send("short", "dead");

    EXPECT_THAT(client_.take_bodies(), ElementsAre("dead"));
}

TEST_F(DirectReplyTest, a_reply_in_a_transaction_does_not_wait) {
    wait_for_replies();
    const std::string address = ask();
    server_.channel().select_transaction(false);

    server_.send(address, "!");

    EXPECT_THAT(client_.take_bodies(), ElementsAre("!"));
}

}  // namespace
}  // namespace eventail::broker
