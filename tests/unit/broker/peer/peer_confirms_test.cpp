#include "unit/broker/peer/peer_fixture.hpp"

namespace eventail::broker {
namespace {

class PeerConfirmsTest : public PeerTest {
protected:
    void SetUp() override {
        client_.connect();
        client_.send(1, wire::QueueDeclare{.queue = "q"}, wire::ConfirmSelect{});
        client_.take();
    }
};

TEST_F(PeerConfirmsTest, messages_that_came_together_are_confirmed_together) {
    client_.publish("q", "a", 5);
    const Lines first = client_.take();
    client_.publish("q", "a");

    EXPECT_THAT(first, ElementsAre("1 basic.ack delivery_tag=5 multiple=true"));
    EXPECT_THAT(client_.take(), ElementsAre("1 basic.ack delivery_tag=6"));
}

TEST_F(PeerConfirmsTest, each_channel_counts_for_itself) {
    client_.send(2, wire::ChannelOpen{}, wire::ConfirmSelect{});
    client_.take();
    wire::Buffer bytes;
    for (const std::uint16_t channel : {std::uint16_t{1}, std::uint16_t{2}, std::uint16_t{1}}) {
        PeerClient::append_message(bytes, {.routing_key = "q"}, "x", channel);
    }

    client_.send_bytes(bytes.view());

    EXPECT_THAT(client_.take(),
                ElementsAre("1 basic.ack delivery_tag=1", "2 basic.ack delivery_tag=1",
                            "1 basic.ack delivery_tag=2"));
}

TEST_F(PeerConfirmsTest, without_confirm_select_nothing_is_confirmed) {
    client_.send(2, wire::ChannelOpen{});
    client_.take();
    wire::Buffer bytes;
    PeerClient::append_message(bytes, {.routing_key = "q"}, "x", 2);

    client_.send_bytes(bytes.view());

    EXPECT_THAT(client_.take(), IsEmpty());
}

TEST_F(PeerConfirmsTest, a_full_queue_nacks_and_no_ack_covers_it) {
    core_.set_policy("/", {.name = "full",
                           .pattern = "^q$",
                           .settings = {.max_length = 2, .overflow = Overflow::reject_publish}});
    wire::Buffer bytes;
    for (int i = 0; i < 3; ++i) PeerClient::append_message(bytes, {.routing_key = "q"}, "x");
    PeerClient::append_message(bytes, {.routing_key = "nowhere"}, "x");

    client_.send_bytes(bytes.view());

    EXPECT_THAT(client_.take(),
                ElementsAre("1 basic.ack delivery_tag=2 multiple=true",
                            "1 basic.nack delivery_tag=3", "1 basic.ack delivery_tag=4"));
}

TEST_F(PeerConfirmsTest, a_mandatory_message_without_a_queue_is_returned_before_its_confirm) {
    wire::Buffer bytes;
    PeerClient::append_message(bytes, {.routing_key = "nowhere", .mandatory = true}, "ab");

    client_.send_bytes(bytes.view());

    EXPECT_THAT(client_.take(), ElementsAre("1 basic.return reply_code=312 reply_text=NO_ROUTE "
                                            "routing_key=nowhere",
                                            "1 content-header body_size=2", "1 body ab",
                                            "1 basic.ack delivery_tag=1"));
}

TEST_F(PeerConfirmsTest, a_message_is_confirmed_before_a_later_one_closes_the_channel) {
    wire::Buffer bytes;
    PeerClient::append_message(bytes, {.routing_key = "q"}, "x");
    PeerClient::append_message(bytes, {.exchange = "missing", .routing_key = "q"}, "x");

    client_.send_bytes(bytes.view());

    EXPECT_THAT(client_.take(), ElementsAre("1 basic.ack delivery_tag=1",
                                            HasSubstr("1 channel.close reply_code=404")));
}

TEST_F(PeerConfirmsTest, withheld_confirms_are_not_covered_by_later_ones) {
    client_.peer().set_faults({.confirms = ConfirmFault::withhold});
    client_.publish("q", "a", 2);
    client_.peer().set_faults({});
    client_.publish("q", "a", 2);

    EXPECT_THAT(client_.take(),
                ElementsAre("1 basic.ack delivery_tag=3", "1 basic.ack delivery_tag=4"));
    EXPECT_EQ(core_.list_queues("/")[0].ready_count, 4u);
}

TEST_F(PeerConfirmsTest, delayed_confirms_come_when_they_are_due) {
    client_.peer().set_faults({.confirms = ConfirmFault::delay, .confirm_delay = 50ms});
    client_.publish("q", "a", 2);
    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_EQ(client_.peer().next_deadline(), now_ + 50ms);

    pass(50ms);

    EXPECT_THAT(client_.take(),
                ElementsAre("1 basic.ack delivery_tag=1", "1 basic.ack delivery_tag=2"));
}

TEST_F(PeerConfirmsTest, delayed_confirms_come_also_when_the_fault_is_over) {
    client_.peer().set_faults({.confirms = ConfirmFault::delay, .confirm_delay = 50ms});
    client_.publish("q");
    client_.peer().set_faults({});

    EXPECT_EQ(client_.peer().next_deadline(), now_ + 50ms);
}

TEST_F(PeerConfirmsTest, delayed_confirms_never_come_once_their_channel_is_closed) {
    client_.peer().set_faults({.confirms = ConfirmFault::delay, .confirm_delay = 100ms});
    client_.publish("q");
    client_.peer().close_channels(wire::ReplyCode::not_found, "closed", now_);
    client_.take();

    pass(100ms);

    EXPECT_THAT(client_.take(), IsEmpty());
}

TEST_F(PeerConfirmsTest, reordered_confirms_come_newest_first) {
    client_.peer().set_faults({.confirms = ConfirmFault::reorder, .confirm_delay = 50ms});
    client_.publish("q", "a", 3);

    pass(50ms);

    EXPECT_THAT(client_.take(),
                ElementsAre("1 basic.ack delivery_tag=3", "1 basic.ack delivery_tag=2",
                            "1 basic.ack delivery_tag=1"));
}

TEST_F(PeerConfirmsTest, the_nack_fault_nacks_accepted_messages) {
    client_.peer().set_faults({.confirms = ConfirmFault::nack});
    client_.publish("q");

    EXPECT_THAT(client_.take(), ElementsAre("1 basic.nack delivery_tag=1"));
    EXPECT_EQ(core_.list_queues("/")[0].ready_count, 1u);
}

}  // namespace
}  // namespace eventail::broker
