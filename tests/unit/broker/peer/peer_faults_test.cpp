#include "unit/broker/peer/peer_fixture.hpp"

namespace eventail::broker {
namespace {

class PeerFaultsTest : public PeerTest {
protected:
    void SetUp() override {
        client_.connect();
        client_.send(1, wire::QueueDeclare{.queue = "q"}, wire::ConfirmSelect{});
        client_.take();
    }
    std::size_t ready_count() const { return core_.list_queues("/")[0].ready_count; }
};

TEST_F(PeerFaultsTest, a_cut_after_bytes_read_leaves_the_rest_unread) {
    wire::Buffer bytes;
    PeerClient::append_message(bytes, {.routing_key = "q"}, "first");
    client_.peer().set_faults({.cut_after_bytes_read = bytes.size()});
    PeerClient::append_message(bytes, {.routing_key = "q"}, "second");

    client_.send_bytes(bytes.view());

    EXPECT_TRUE(client_.peer().is_finished());
    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_EQ(ready_count(), 1u);
}

TEST_F(PeerFaultsTest, a_cut_after_frames_read_handles_them_and_does_not_answer) {
    client_.peer().set_faults({.cut_after_frames_read = 3});

    client_.publish("q", "a", 2);

    EXPECT_TRUE(client_.peer().is_finished());
    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_EQ(ready_count(), 1u);
}

TEST_F(PeerFaultsTest, a_cut_after_bytes_written_may_tear_a_frame) {
    client_.peer().set_faults({.cut_after_bytes_written = 10});

    client_.publish("q");

    EXPECT_EQ(client_.write_bytes().size(), 10u);
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerFaultsTest, a_cut_after_frames_written_leaves_them_whole) {
    client_.peer().set_faults({.cut_after_frames_written = 2});

    client_.send(1, wire::BasicQos{}, wire::BasicQos{}, wire::BasicQos{});

    EXPECT_THAT(client_.take(), ElementsAre("1 basic.qos-ok", "1 basic.qos-ok"));
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerFaultsTest, a_stalled_connection_is_neither_read_nor_written) {
    client_.send(1, wire::BasicQos{});
    client_.peer().set_faults({.is_stalled = true});

    EXPECT_FALSE(client_.peer().wants_input());
    EXPECT_THAT(client_.take(), IsEmpty());

    client_.peer().set_faults({});
    EXPECT_TRUE(client_.peer().wants_input());
    EXPECT_THAT(client_.take(), ElementsAre("1 basic.qos-ok"));
}

TEST_F(PeerFaultsTest, deliveries_can_be_made_to_look_redelivered) {
    client_.peer().set_faults({.is_marked_redelivered = true});
    client_.publish("q");
    client_.take();

    client_.send(1, wire::BasicGet{.queue = "q"});

    EXPECT_THAT(client_.take(), testing::Contains(HasSubstr("redelivered=true")));
}

TEST_F(PeerFaultsTest, a_rule_holds_for_the_connections_that_are_named_so) {
    context_.fault_rules = {{.name = "tester", .faults = {.cut_after_frames_read = 1}}};
    PeerClient named(context_, now_);
    named.send_header();
    named.start_ok();

    EXPECT_TRUE(named.peer().is_finished());
    EXPECT_FALSE(client_.peer().is_finished());
}

}  // namespace
}  // namespace eventail::broker
