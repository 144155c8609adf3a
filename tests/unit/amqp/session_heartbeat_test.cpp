#include "support/scripted_server.hpp"

#include <gtest/gtest.h>

namespace eventail::test {
namespace {

using namespace std::chrono_literals;
using Cause = amqp::SessionEnd::Cause;

class SessionHeartbeat : public testing::Test {
protected:
    SessionHeartbeat() {
        server.accepts_handshake({.heartbeat = 10});
        server.accepts_channel(1);
    }

    ScriptedServer server;
};

TEST_F(SessionHeartbeat, is_sent_when_nothing_was_written_for_half_the_interval) {
    server.passes(4999ms);
    server.expect_nothing();
    EXPECT_EQ(server.session.next_deadline(), server.now + 1ms);

    server.passes(1ms);

    server.expect_heartbeat();
    EXPECT_EQ(server.session.next_deadline(), server.now + 5s);
}

TEST_F(SessionHeartbeat, is_not_needed_while_other_bytes_are_written) {
    for (int i = 0; i < 5; ++i) {
        server.passes(4s);
        server.sends_heartbeat();
        server.session.send(1, wire::BasicAck{.delivery_tag = 1});
        server.expect<wire::BasicAck>(1);
    }

    server.expect_nothing();
}

TEST_F(SessionHeartbeat, is_not_added_to_what_the_peer_does_not_take) {
    server.session.send(1, wire::BasicAck{.delivery_tag = 1});
    const std::size_t waiting = server.session.output().size_bytes();

    server.passes(6s);
    server.passes(6s);

    EXPECT_EQ(server.session.output().size_bytes(), waiting);
    EXPECT_EQ(server.session.next_deadline(), server.now + 8s) << "silence is what is due";
}

TEST_F(SessionHeartbeat, is_written_once_however_often_time_is_checked) {
    server.passes(5s);
    server.session.tick(server.now);
    server.session.tick(server.now);

    server.expect_heartbeat();
    server.expect_nothing();
}

TEST_F(SessionHeartbeat, two_intervals_of_silence_end_the_session) {
    server.passes(19999ms);
    EXPECT_FALSE(server.session.is_ended());
    server.reads();
    EXPECT_EQ(server.session.next_deadline(), server.now + 1ms);

    server.passes(1ms);

    EXPECT_EQ(server.end().cause, Cause::timed_out);
    EXPECT_EQ(server.end().text, "nothing heard from the broker for 20 s, two heartbeats");
    EXPECT_TRUE(server.session.is_finished());
}

TEST_F(SessionHeartbeat, any_byte_proves_that_the_peer_lives) {
    wire::Buffer ack;
    wire::encode_method(ack, 1, wire::BasicAck{.delivery_tag = 1});
    for (std::size_t i = 0; i + 1 < ack.size(); ++i) {
        server.passes(15s);
        server.sends_bytes(ack.view().subspan(i, 1));
    }

    EXPECT_TRUE(server.session.is_open());
}

TEST_F(SessionHeartbeat, bytes_that_waited_in_the_socket_count_when_they_are_fed_before_the_tick) {
    server.now += 1h;
    server.sends_heartbeat();
    server.session.tick(server.now);

    EXPECT_TRUE(server.session.is_open());
}

TEST(SessionHeartbeatOff, neither_sends_nor_misses_any) {
    ScriptedServer server({.heartbeat = 0s});
    server.is_ready();

    EXPECT_EQ(server.session.next_deadline(), std::nullopt);
    server.passes(24h);

    server.expect_nothing();
    EXPECT_TRUE(server.session.is_open());
}

TEST(SessionHeartbeatOff, from_the_server_are_accepted_all_the_same) {
    ScriptedServer server({.heartbeat = 0s});
    server.starts();
    server.sends_heartbeat();
    server.expect<wire::ConnectionStartOk>(0);
    server.sends_tune();
    server.sends_heartbeat();
    server.sends(0, wire::ConnectionOpenOk{});

    EXPECT_TRUE(server.session.is_open());
}

TEST(SessionHeartbeatOdd, half_of_one_second_is_half_a_second) {
    ScriptedServer server({.heartbeat = 1s});
    server.accepts_handshake();

    EXPECT_EQ(server.session.next_deadline(), server.now + 500ms);
}

}  // namespace
}  // namespace eventail::test
