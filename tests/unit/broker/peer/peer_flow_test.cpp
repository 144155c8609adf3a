#include "unit/broker/peer/peer_fixture.hpp"

namespace eventail::broker {
namespace {

TEST_F(PeerTest, an_idle_peer_sends_a_heartbeat_every_half_interval) {
    client_.connect({2047, 131072, 10});

    EXPECT_EQ(client_.peer().next_deadline(), now_ + 5s);
    pass(4999ms);
    EXPECT_THAT(client_.take(), IsEmpty());
    pass(1ms);
    EXPECT_THAT(client_.take(), ElementsAre("0 heartbeat"));
}

TEST_F(PeerTest, a_silent_client_is_dropped_between_two_and_three_intervals) {
    client_.connect({2047, 131072, 10});

    pass(20s);
    client_.take();
    EXPECT_FALSE(client_.peer().is_finished());
    pass(10s);
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, any_byte_shows_that_a_client_lives) {
    client_.connect({2047, 131072, 10});

    for (int i = 0; i < 5; ++i) {
        pass(20s);
        client_.take();
        client_.send_frame(wire::FrameType::heartbeat, 0, "");
    }

    EXPECT_FALSE(client_.peer().is_finished());
}

TEST_F(PeerTest, without_heartbeats_there_is_no_deadline) {
    client_.connect();

    EXPECT_EQ(client_.peer().next_deadline(), std::nullopt);
    pass(24h);
    EXPECT_FALSE(client_.peer().is_finished());
}

TEST_F(PeerTest, a_client_that_publishes_during_an_alarm_is_blocked_before_the_message_counts) {
    client_.connect();
    client_.send(1, wire::QueueDeclare{.queue = "q"}, wire::ConfirmSelect{});
    client_.take();
    core_.raise_alarm();

    client_.publish("q", "a", 2);

    EXPECT_THAT(client_.take(), ElementsAre("0 connection.blocked reason=\"low on memory\""));
    EXPECT_TRUE(client_.peer().is_blocked());
    EXPECT_FALSE(client_.peer().wants_input());
    EXPECT_EQ(core_.list_queues("/")[0].ready_count, 0u);
}

TEST_F(PeerTest, when_the_alarm_is_over_waiting_frames_are_handled) {
    client_.connect();
    client_.send(1, wire::QueueDeclare{.queue = "q"}, wire::ConfirmSelect{});
    client_.take();
    core_.raise_alarm();
    client_.publish("q", "a", 2);
    client_.take();

    core_.clear_alarm();
    pass(0s);

    EXPECT_THAT(client_.take(),
                ElementsAre("0 connection.unblocked", "1 basic.ack delivery_tag=2 multiple=true"));
    EXPECT_TRUE(client_.peer().wants_input());
    EXPECT_EQ(core_.list_queues("/")[0].ready_count, 2u);
}

TEST_F(PeerTest, a_client_that_published_before_an_alarm_is_not_blocked_yet) {
    client_.connect();
    client_.publish("q");

    core_.raise_alarm();
    pass(0s);
    client_.send(1, wire::BasicQos{});

    EXPECT_THAT(client_.take(), ElementsAre("1 basic.qos-ok"));
}

TEST_F(PeerTest, a_blocked_client_need_not_send_heartbeats) {
    client_.connect({2047, 131072, 10});
    core_.raise_alarm();
    client_.publish("q");

    for (int i = 0; i < 10; ++i) {
        pass(10s);
        client_.take();
    }

    EXPECT_FALSE(client_.peer().is_finished());
}

TEST_F(PeerTest, after_an_alarm_the_silence_of_a_client_is_counted_anew) {
    client_.connect({2047, 131072, 10});
    core_.raise_alarm();
    client_.publish("q");
    for (int i = 0; i < 10; ++i) {
        pass(10s);
        client_.take();
    }

    core_.clear_alarm();
    pass(0s);
    client_.take();
    EXPECT_FALSE(client_.peer().is_finished());
    pass(30s);

    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, only_clients_that_understand_alarms_hear_of_them) {
    client_.connect({2047, 131072, 0}, false);
    core_.raise_alarm();

    client_.publish("q");

    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_TRUE(client_.peer().is_blocked());
}

TEST_F(PeerTest, a_client_that_reads_nothing_for_thirty_seconds_is_dropped) {
    client_.connect();
    client_.send(1, wire::BasicQos{});
    EXPECT_EQ(client_.peer().next_deadline(), now_ + 30s);

    pass(29s);
    client_.write_bytes(1);
    pass(29s);
    EXPECT_FALSE(client_.peer().is_finished());
    pass(1s);

    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, an_operator_closes_with_320_and_waits_for_the_answer) {
    client_.connect();

    client_.peer().close("because", now_);

    EXPECT_THAT(client_.take(), ElementsAre("0 connection.close reply_code=320 "
                                            "reply_text=\"CONNECTION_FORCED - because\""));
    pass(2999ms);
    EXPECT_FALSE(client_.peer().is_finished());
    pass(1ms);
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, a_close_that_crosses_ours_is_answered_and_close_ok_ends_it) {
    client_.connect();
    client_.peer().close("because", now_);
    client_.take();

    client_.send(0, wire::ConnectionClose{.reply_code = 200});
    EXPECT_THAT(client_.take(), ElementsAre("0 connection.close-ok"));
    EXPECT_FALSE(client_.peer().is_finished());
    client_.send(0, wire::ConnectionCloseOk{});

    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, after_close_ok_further_input_is_discarded_until_the_client_closes_its_socket) {
    client_.connect();
    client_.send(1, wire::QueueDeclare{.queue = "q"});
    client_.take();

    client_.send(0, wire::ConnectionClose{.reply_code = 200});
    client_.publish("q");
    client_.send_bytes(wire::as_bytes("not a frame"));

    EXPECT_THAT(client_.take(), ElementsAre("0 connection.close-ok"));
    EXPECT_EQ(core_.list_queues("/").at(0).ready_count, 0u);
    EXPECT_FALSE(client_.peer().is_open());
    EXPECT_TRUE(client_.peer().wants_input());
    EXPECT_FALSE(client_.peer().is_finished());
    client_.peer().cut("gone");
    EXPECT_TRUE(client_.peer().is_finished());
    EXPECT_THAT(client_.log_lines.back(), HasSubstr("closed by the client: 200"));
}

TEST_F(PeerTest, a_client_that_keeps_its_socket_open_after_close_ok_is_dropped) {
    client_.connect();
    client_.send(0, wire::ConnectionClose{.reply_code = 200});
    client_.take();

    EXPECT_EQ(client_.peer().next_deadline(), now_ + context_.options.close_timeout);
    pass(context_.options.close_timeout);

    EXPECT_TRUE(client_.peer().is_finished());
    EXPECT_EQ(client_.peer().next_deadline(), std::nullopt);
}

TEST_F(PeerTest, messages_for_very_many_queues_are_taken_one_by_one) {
    client_.connect();
    for (int i = 0; i < 15'000; ++i) {
        const std::string queue = "q" + std::to_string(i);
        client_.send(1, wire::QueueDeclare{.queue = queue, .nowait = true},
                     wire::QueueBind{.queue = queue, .exchange = "amq.fanout", .nowait = true});
    }
    wire::Buffer bytes;
    for (int i = 0; i < 6; ++i) PeerClient::append_message(bytes, {.exchange = "amq.fanout"}, "x");
    wire::encode_method(bytes, 1, wire::QueueDeclare{.queue = "q0", .passive = true});

    client_.send_bytes(bytes.view());
    int ticks = 0;
    for (; !client_.peer().wants_input(); ++ticks) {
        ASSERT_LE(*client_.peer().next_deadline(), now_);
        EXPECT_THAT(client_.take(), IsEmpty());
        pass(0ms);
    }

    EXPECT_EQ(ticks, 3);
    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("message_count=6")));
}

}  // namespace
}  // namespace eventail::broker
