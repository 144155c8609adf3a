#include "support/scripted_server.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eventail::test {
namespace {

using namespace std::chrono_literals;
using Cause = amqp::SessionEnd::Cause;
using Events = std::vector<std::string>;

class SessionClosing : public testing::Test {
protected:
    SessionClosing() { server.is_ready(); }

    void we_close() {
        server.session.close(wire::ReplyCode::success, "done", server.now);
        const auto close = server.expect<wire::ConnectionClose>(0);
        EXPECT_EQ(close.reply_code, 200);
        EXPECT_EQ(close.reply_text, "done");
    }

    ScriptedServer server;
};

// ---- Ours

TEST_F(SessionClosing, our_close_ends_with_its_answer) {
    we_close();
    EXPECT_FALSE(server.session.is_ended());

    server.sends(0, wire::ConnectionCloseOk{});

    EXPECT_EQ(server.end().cause, Cause::closed_by_us);
    EXPECT_EQ(server.events.take(), Events{"end"});
    EXPECT_TRUE(server.session.is_finished());
    EXPECT_EQ(server.session.next_deadline(), std::nullopt);
}

TEST_F(SessionClosing, everything_else_is_discarded_after_our_close) {
    server.session.request(1, wire::QueueDeclare{}, server.now);
    server.sends(1, wire::BasicDeliver{.delivery_tag = 1});
    server.sends_header(1, 10);
    server.expect<wire::QueueDeclare>(1);
    server.session.close(wire::ReplyCode::success, "done", server.now);

    server.sends_body(1, "helloworld");
    server.sends(1, wire::QueueDeclareOk{});
    server.sends(1, wire::ChannelClose{.reply_code = 404});
    server.sends(9, wire::BasicAck{.delivery_tag = 1});
    server.sends(0, wire::ConnectionBlocked{});
    EXPECT_EQ(server.events.take(), Events{});
    server.sends(0, wire::ConnectionCloseOk{});

    EXPECT_EQ(server.end().cause, Cause::closed_by_us);
    server.expect<wire::ConnectionClose>(0);
    server.expect_nothing();
}

TEST_F(SessionClosing, nothing_is_sent_after_our_close) {
    we_close();

    EXPECT_FALSE(server.session.send(1, wire::BasicAck{.delivery_tag = 1}));
    EXPECT_FALSE(server.session.open_channel(2, server.now));
    EXPECT_FALSE(server.session.is_channel_usable(1));
    server.session.close(wire::ReplyCode::success, "again", server.now);

    server.expect_nothing();
}

TEST_F(SessionClosing, a_close_that_is_not_answered_has_a_deadline) {
    we_close();

    EXPECT_EQ(server.session.next_deadline(), server.now + 2s);
    server.passes(1999ms);
    EXPECT_FALSE(server.session.is_ended());
    server.passes(1ms);

    EXPECT_EQ(server.end().cause, Cause::timed_out);
    EXPECT_EQ(server.end().text, "the broker did not answer our close within 2 s");
    EXPECT_TRUE(server.session.is_finished());
}

TEST_F(SessionClosing, a_close_that_cannot_be_written_has_a_deadline) {
    server.session.close(wire::ReplyCode::success, "done", server.now);

    server.passes(2s);

    EXPECT_TRUE(server.session.is_finished());
    EXPECT_FALSE(server.session.output().empty());
}

TEST_F(SessionClosing, closes_that_cross_are_both_answered) {
    we_close();

    server.sends(0, wire::ConnectionClose{.reply_code = 320, .reply_text = "shutdown"});
    server.expect<wire::ConnectionCloseOk>(0);
    EXPECT_FALSE(server.session.is_ended());
    server.sends(0, wire::ConnectionCloseOk{});

    EXPECT_EQ(server.end().cause, Cause::closed_by_us);
    EXPECT_TRUE(server.session.is_finished());
}

TEST_F(SessionClosing, a_crossing_close_is_answered_once) {
    we_close();

    for (int i = 0; i < 10; ++i) server.sends(0, wire::ConnectionClose{.reply_code = 320});

    server.expect<wire::ConnectionCloseOk>(0);
    server.expect_nothing();
}

TEST_F(SessionClosing, after_a_crossing_close_the_broker_may_just_go) {
    we_close();
    server.sends(0, wire::ConnectionClose{.reply_code = 320});

    server.session.transport_lost("closed by the broker", server.now);

    EXPECT_EQ(server.end().cause, Cause::closed_by_us);
}

TEST_F(SessionClosing, a_transport_lost_before_close_ok_is_told) {
    we_close();

    server.session.transport_lost("reset", server.now);

    EXPECT_EQ(server.end().cause, Cause::transport_lost);
    EXPECT_TRUE(server.session.is_finished());
}

TEST_F(SessionClosing, can_be_started_from_within_an_event) {
    server.events.react = [&](std::string_view line) {
        if (line == "1: ack 1") server.session.close(wire::ReplyCode::success, "x", server.now);
    };
    wire::Buffer bytes;
    wire::encode_method(bytes, 1, wire::BasicAck{.delivery_tag = 1});
    wire::encode_method(bytes, 1, wire::BasicAck{.delivery_tag = 2});

    server.sends_bytes(bytes.view());

    EXPECT_EQ(server.events.take(), Events{"1: ack 1"});
    server.expect<wire::ConnectionClose>(0);
}

TEST_F(SessionClosing, a_text_too_long_for_a_close_is_cut_between_characters) {
    std::string text = "x";
    for (int i = 0; i < 200; ++i) text += "\xC3\xA9";

    server.session.close(wire::ReplyCode::internal_error, text, server.now);

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_text, text.substr(0, 255));
    ScriptedServer other;
    other.is_ready();
    other.session.close(wire::ReplyCode::internal_error, "x" + text, other.now);
    EXPECT_EQ(other.expect<wire::ConnectionClose>(0).reply_text, "x" + text.substr(0, 253));
}

TEST_F(SessionClosing, our_close_with_an_error_ends_with_that_error_however_the_server_takes_it) {
    const auto end_after = [](auto&& answer) {
        ScriptedServer broken;
        broken.is_ready();
        broken.session.close(wire::ReplyCode::unexpected_frame, "out of order", broken.now);
        broken.expect<wire::ConnectionClose>(0);
        answer(broken);
        return broken.end();
    };
    for (const amqp::SessionEnd& end :
         {end_after([](auto& broken) { broken.sends(0, wire::ConnectionCloseOk{}); }),
          end_after([](auto& broken) { broken.session.transport_lost("reset", broken.now); }),
          end_after([](auto& broken) { broken.passes(2s); })}) {
        EXPECT_EQ(end.cause, Cause::protocol_error);
        EXPECT_EQ(end.code, wire::ReplyCode::unexpected_frame);
        EXPECT_EQ(end.text, "out of order");
    }
}

TEST_F(SessionClosing, an_error_names_the_consumer_whose_message_was_coming) {
    server.sends(1, wire::BasicDeliver{.consumer_tag = "events", .delivery_tag = 1});

    server.sends(1, wire::BasicAck{.delivery_tag = 1});

    EXPECT_EQ(server.end().cause, Cause::protocol_error);
    EXPECT_EQ(server.end().consumer_tag, "events");
}

TEST_F(SessionClosing, an_error_between_messages_names_no_consumer) {
    server.sends_message(1, wire::BasicDeliver{.consumer_tag = "events", .delivery_tag = 1}, "x");

    server.sends_body(0, "hello");

    EXPECT_EQ(server.end().cause, Cause::protocol_error);
    EXPECT_EQ(server.end().consumer_tag, "");
}

// ---- The server's

TEST_F(SessionClosing, a_close_of_the_server_is_told_at_once_and_answered) {
    server.sends(0, wire::ConnectionClose{.reply_code = 320, .reply_text = "CONNECTION_FORCED"});

    EXPECT_EQ(server.end().cause, Cause::closed_by_server);
    EXPECT_EQ(server.end().code, wire::ReplyCode::connection_forced);
    EXPECT_EQ(server.end().text, "CONNECTION_FORCED");
    EXPECT_FALSE(server.session.is_finished());
    server.expect<wire::ConnectionCloseOk>(0);
    EXPECT_TRUE(server.session.is_finished());
}

TEST_F(SessionClosing, nothing_is_reported_after_the_end) {
    wire::Buffer bytes;
    wire::encode_method(bytes, 0, wire::ConnectionClose{.reply_code = 320});
    wire::encode_method(bytes, 1, wire::BasicAck{.delivery_tag = 1});

    server.sends_bytes(bytes.view());
    server.sends(1, wire::BasicAck{.delivery_tag = 2});
    server.session.transport_lost("reset", server.now);
    server.passes(1h);

    EXPECT_EQ(server.events.take(), Events{"end"});
}

TEST_F(SessionClosing, an_answer_that_cannot_be_written_has_a_deadline) {
    server.sends(0, wire::ConnectionClose{.reply_code = 320});

    EXPECT_EQ(server.session.next_deadline(), server.now + 2s);
    server.passes(2s);

    EXPECT_TRUE(server.session.is_finished());
}

TEST_F(SessionClosing, what_a_server_says_is_one_printable_line) {
    server.sends(0, wire::ConnectionClose{.reply_code = 320, .reply_text = "a\nb\x1b[31m"});

    EXPECT_EQ(server.end().text, R"(a\nb\u001b[31m)");
}

TEST_F(SessionClosing, a_lost_transport_is_told_once_and_finishes_it) {
    server.session.transport_lost("reset by peer", server.now);
    server.session.transport_lost("again", server.now);

    EXPECT_EQ(server.events.take(), Events{"end"});
    EXPECT_EQ(server.end().cause, Cause::transport_lost);
    EXPECT_EQ(server.end().text, "reset by peer");
    EXPECT_TRUE(server.session.is_finished());
}

TEST_F(SessionClosing, a_close_ok_that_nobody_asked_for_is_refused) {
    server.sends(0, wire::ConnectionCloseOk{});

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 503);
}

// ---- Errors of the peer

TEST_F(SessionClosing, a_peers_error_is_told_at_once_and_answered_with_a_close) {
    server.sends(9, wire::BasicAck{.delivery_tag = 1});

    EXPECT_EQ(server.end().cause, Cause::protocol_error);
    EXPECT_EQ(server.end().code, wire::ReplyCode::channel_error);
    EXPECT_FALSE(server.session.is_finished());
    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 504);
    EXPECT_FALSE(server.session.is_finished()) << "the answer to our close is not waited for";
    server.sends(1, wire::BasicAck{.delivery_tag = 1});
    server.sends(0, wire::ConnectionCloseOk{});

    EXPECT_TRUE(server.session.is_finished());
    EXPECT_EQ(server.events.take(), Events{"end"});
}

TEST_F(SessionClosing, an_answer_to_an_errors_close_is_not_waited_for_for_ever) {
    server.sends(9, wire::BasicAck{.delivery_tag = 1});
    server.reads();

    EXPECT_EQ(server.session.next_deadline(), server.now + 2s);
    server.passes(2s);

    EXPECT_TRUE(server.session.is_finished());
}

TEST_F(SessionClosing, bytes_that_are_no_frames_are_answered_with_501) {
    server.sends_bytes(wire::as_bytes("this is no frame at all"));
    server.sends_bytes(wire::as_bytes("neither is this"));

    EXPECT_EQ(server.end().code, wire::ReplyCode::frame_error);
    EXPECT_FALSE(server.session.is_finished());
    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 501);
    EXPECT_TRUE(server.session.is_finished()) << "waits for an answer that it could not read";
}

TEST_F(SessionClosing, an_unknown_method_is_answered_with_540) {
    wire::Buffer bytes;
    wire::FrameWriter frame(bytes, wire::FrameType::method, 1);
    frame.payload().u32(0x003C00FF);
    frame.finish();

    server.sends_bytes(bytes.view());

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 540);
}

TEST_F(SessionClosing, a_truncated_method_is_answered_with_502) {
    wire::Buffer bytes;
    wire::FrameWriter frame(bytes, wire::FrameType::method, 1);
    frame.payload().u32(0x003C0050);
    frame.finish();

    server.sends_bytes(bytes.view());

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 502);
}

TEST_F(SessionClosing, bytes_that_are_no_frames_while_closing_end_it_at_once) {
    we_close();

    server.sends_bytes(wire::as_bytes("this is no frame at all"));

    EXPECT_EQ(server.end().cause, Cause::protocol_error);
    EXPECT_TRUE(server.session.is_finished());
}

}  // namespace
}  // namespace eventail::test
