#include "support/scripted_server.hpp"
#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace eventail::test {
namespace {

using namespace std::chrono_literals;
using amqp::SessionOptions;
using Cause = amqp::SessionEnd::Cause;
using Events = std::vector<std::string>;

TEST(SessionHandshake, opens_in_the_order_of_the_specification) {
    ScriptedServer server;

    server.starts();
    server.expect<wire::ConnectionStartOk>(0);
    server.sends_tune();
    server.expect<wire::ConnectionTuneOk>(0);
    server.expect<wire::ConnectionOpen>(0);
    server.sends(0, wire::ConnectionOpenOk{});

    EXPECT_TRUE(server.session.is_open());
    EXPECT_EQ(server.events.take(), Events{"open"});
    server.expect_nothing();
}

TEST(SessionHandshake, logs_in_with_plain_credentials) {
    ScriptedServer server({.user = "anna", .password = "s3cret"});

    server.starts();

    const auto start_ok = server.expect<wire::ConnectionStartOk>(0);
    EXPECT_EQ(start_ok.mechanism, "PLAIN");
    EXPECT_EQ(wire::as_text(start_ok.response), std::string_view("\0anna\0s3cret", 12));
    EXPECT_EQ(start_ok.locale, "en_US");
}

TEST(SessionHandshake, leaves_the_login_to_the_certificate_with_external) {
    ScriptedServer server({.mechanism = "EXTERNAL"});

    server.starts({.mechanisms = "AMQPLAIN EXTERNAL PLAIN"});

    const auto start_ok = server.expect<wire::ConnectionStartOk>(0);
    EXPECT_EQ(start_ok.mechanism, "EXTERNAL");
    EXPECT_TRUE(start_ok.response.empty());
}

TEST(SessionHandshake, a_mechanism_that_is_not_offered_is_a_refused_login) {
    ScriptedServer server({.mechanism = "EXTERNAL"});

    server.starts({.mechanisms = "PLAIN EXTERNAL2"});

    EXPECT_EQ(server.end().cause, Cause::login_refused);
    EXPECT_EQ(server.end().text,
              "the broker does not offer the mechanism EXTERNAL, only: PLAIN EXTERNAL2");
    EXPECT_TRUE(server.session.is_finished());
}

TEST(SessionHandshake, announces_every_capability_and_its_name) {
    ScriptedServer server({.connection_name = "pong@here"});

    server.starts();

    const auto start_ok = server.expect<wire::ConnectionStartOk>(0);
    const auto properties = start_ok.client_properties;
    EXPECT_EQ(properties.find("product")->as_text(), "eventail");
    EXPECT_EQ(properties.find("connection_name")->as_text(), "pong@here");
    const auto capabilities = properties.find("capabilities")->as_table().value();
    for (const std::string_view name :
         {"publisher_confirms", "exchange_exchange_bindings", "basic.nack",
          "consumer_cancel_notify", "connection.blocked", "authentication_failure_close"}) {
        const auto capability = capabilities.find(name);
        ASSERT_TRUE(capability.has_value()) << name;
        EXPECT_EQ(capability->as_bool(), true) << name;
    }
}

TEST(SessionHandshake, opens_the_virtual_host) {
    ScriptedServer server({.virtual_host = "orders"});

    server.starts();
    server.expect<wire::ConnectionStartOk>(0);
    server.sends_tune();

    server.expect<wire::ConnectionTuneOk>(0);
    EXPECT_EQ(server.expect<wire::ConnectionOpen>(0).virtual_host, "orders");
}

struct Tuning {
    SessionOptions ours;
    ServerOffer offer;
    wire::ConnectionTuneOk agreed;
};

class SessionTuning : public testing::TestWithParam<Tuning> {};

TEST_P(SessionTuning, agrees_on_what_both_sides_can_do) {
    const Tuning& tuning = GetParam();
    ScriptedServer server(tuning.ours);

    server.starts(tuning.offer);
    server.expect<wire::ConnectionStartOk>(0);
    server.sends_tune(tuning.offer);

    const auto tune_ok = server.expect<wire::ConnectionTuneOk>(0);
    EXPECT_EQ(tune_ok.channel_max, tuning.agreed.channel_max);
    EXPECT_EQ(tune_ok.frame_max, tuning.agreed.frame_max);
    EXPECT_EQ(tune_ok.heartbeat, tuning.agreed.heartbeat);
    EXPECT_EQ(server.session.channel_max(), tuning.agreed.channel_max);
    EXPECT_EQ(server.session.frame_max(), tuning.agreed.frame_max);
    EXPECT_EQ(server.session.heartbeat().count(), tuning.agreed.heartbeat);
}

INSTANTIATE_TEST_SUITE_P(
    Handshake, SessionTuning,
    testing::Values(
        // Ours is lower; the server's is lower.
        Tuning{{.heartbeat = 5s, .channel_max = 10, .frame_max = 8192}, {}, {10, 8192, 5}},
        Tuning{{}, {.channel_max = 100, .frame_max = 4096, .heartbeat = 10}, {100, 4096, 10}},
        // 0 from the server sets no limit; 0 from us expresses no wish.
        Tuning{{.heartbeat = 7s},
               {.channel_max = 0, .frame_max = 0, .heartbeat = 0},
               {2047, 131072, 7}},
        Tuning{{.channel_max = 0, .frame_max = 0},
               {.channel_max = 300, .frame_max = 1u << 20},
               {300, 1u << 20, 60}},
        // If we switch heartbeats off, they are off.
        Tuning{{.heartbeat = 0s}, {}, {2047, 131072, 0}},
        // Neither side sets a limit.
        Tuning{{.channel_max = 0, .frame_max = 0},
               {.channel_max = 0, .frame_max = 0},
               {65535, 131072, 60}},
        // frame_max is never below AMQP's minimum.
        Tuning{{.frame_max = 100}, {}, {2047, 4096, 60}}));

TEST(SessionHandshake, refuses_a_frame_max_below_the_least) {
    ScriptedServer server;
    server.starts();
    server.expect<wire::ConnectionStartOk>(0);

    server.sends_tune({.frame_max = 4095});

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 530);
    EXPECT_EQ(server.end().cause, Cause::protocol_error);
}

TEST(SessionHandshake, a_refused_login_is_told_with_the_brokers_words) {
    ScriptedServer server;
    server.starts();
    server.expect<wire::ConnectionStartOk>(0);

    server.sends(0, wire::ConnectionClose{.reply_code = 403, .reply_text = "ACCESS_REFUSED - no"});

    EXPECT_EQ(server.end().cause, Cause::login_refused);
    EXPECT_EQ(server.end().code, wire::ReplyCode::access_refused);
    EXPECT_EQ(server.end().text, "ACCESS_REFUSED - no");
    server.expect<wire::ConnectionCloseOk>(0);
    EXPECT_TRUE(server.session.is_finished());
}

TEST(SessionHandshake, a_socket_that_closes_on_the_login_hints_at_the_password) {
    ScriptedServer server({.password = "s3cret"});
    server.starts();

    server.session.transport_lost("closed by the broker", server.now);

    EXPECT_EQ(server.end().cause, Cause::transport_lost);
    EXPECT_NE(server.end().text.find("closed by the broker"), std::string::npos);
    EXPECT_NE(server.end().text.find("check user and password"), std::string::npos);
    EXPECT_EQ(server.end().text.find("s3cret"), std::string::npos);
}

class RefusedVirtualHost : public testing::TestWithParam<std::uint16_t> {};

TEST_P(RefusedVirtualHost, comes_in_place_of_open_ok) {
    ScriptedServer server;
    server.accepts_login();

    server.sends(0, wire::ConnectionClose{.reply_code = GetParam(), .reply_text = "no"});

    EXPECT_EQ(server.end().cause, Cause::virtual_host_refused);
    server.expect<wire::ConnectionCloseOk>(0);
    EXPECT_TRUE(server.session.is_finished());
}

INSTANTIATE_TEST_SUITE_P(Handshake, RefusedVirtualHost, testing::Values(402, 403, 530));

TEST(SessionHandshake, a_connection_limit_that_is_reached_is_no_refusal_for_good) {
    ScriptedServer server;
    server.accepts_login();

    server.sends(0, wire::ConnectionClose{
                        .reply_code = 530,
                        .reply_text = "NOT_ALLOWED - access to vhost '/' refused for user 'guest': "
                                      "connection limit (3) is reached"});

    EXPECT_EQ(server.end().cause, Cause::closed_by_server);
}

TEST(SessionHandshake, a_virtual_host_that_is_down_can_be_tried_again) {
    ScriptedServer server;
    server.accepts_login();

    server.sends(0, wire::ConnectionClose{.reply_code = 541, .reply_text = "vhost '/' is down"});

    EXPECT_EQ(server.end().cause, Cause::closed_by_server);
}

TEST(SessionHandshake, a_broker_of_another_version_is_named) {
    ScriptedServer server;
    server.session.start(server.now);

    server.sends_bytes(wire::as_bytes(std::string_view("AMQP\0\1\0\0", 8)));

    EXPECT_EQ(server.end().cause, Cause::protocol_error);
    EXPECT_EQ(server.end().text, "the broker refused AMQP 0-9-1, it speaks 1-0-0");
    EXPECT_TRUE(server.session.is_finished());
}

TEST(SessionHandshake, a_peer_that_is_no_broker_ends_it_at_once) {
    ScriptedServer server;
    server.session.start(server.now);
    server.expect_protocol_header();

    server.sends_bytes(wire::as_bytes("HTTP/1.1 400 Bad Request\r\n"));

    EXPECT_EQ(server.end().cause, Cause::protocol_error);
    EXPECT_TRUE(server.session.is_finished());
    server.expect_nothing();
}

TEST(SessionHandshake, an_http_server_is_named) {
    ScriptedServer server;
    server.session.start(server.now);
    server.expect_protocol_header();

    server.sends_bytes(wire::as_bytes("HTTP/1.1 400 Bad Request\r\n"));

    EXPECT_EQ(server.end().cause, Cause::protocol_error);
    EXPECT_EQ(server.end().text,
              "an HTTP server answers there; AMQP has a port of its own, by default 5672");
    EXPECT_TRUE(server.session.is_finished());
}

TEST(SessionHandshake, a_port_that_answers_with_a_tls_alert_is_named) {
    ScriptedServer server;
    server.session.start(server.now);
    server.expect_protocol_header();

    server.sends_bytes(wire::as_bytes(std::string_view("\x15\x03\x03\x00\x02\x02\x0a", 7)));

    EXPECT_EQ(server.end().text, "the port speaks TLS; begin the url with amqps://");
}

TEST(SessionHandshake, a_peer_that_hangs_up_or_is_silent_at_first_hints_at_the_port) {
    ScriptedServer hangs_up;
    ScriptedServer is_silent;
    hangs_up.session.start(hangs_up.now);
    is_silent.session.start(is_silent.now);

    hangs_up.session.transport_lost("connection closed", hangs_up.now);
    is_silent.session.tick(is_silent.now + 10s);

    EXPECT_EQ(hangs_up.end().text,
              "connection closed before it sent any AMQP; is it a broker's port for AMQP? "
              "One for TLS takes amqps:// urls");
    EXPECT_EQ(is_silent.end().text,
              "the broker did not complete the handshake within 10 s; it sent nothing at all: is "
              "it a broker's port for AMQP? One for TLS takes amqps:// urls");
}

TEST(SessionHandshake, a_port_that_was_a_brokers_before_is_not_blamed) {
    ScriptedServer hangs_up({.has_worked_before = true});
    ScriptedServer is_silent({.has_worked_before = true});
    hangs_up.session.start(hangs_up.now);
    is_silent.session.start(is_silent.now);

    hangs_up.session.transport_lost("connection reset", hangs_up.now);
    is_silent.session.tick(is_silent.now + 10s);

    EXPECT_EQ(hangs_up.end().text, "connection reset before it sent any AMQP");
    EXPECT_EQ(is_silent.end().text, "the broker did not complete the handshake within 10 s");
}

TEST(SessionHandshake, a_certificate_that_the_broker_refuses_does_not_blame_the_port) {
    const std::string why =
        "TLS failed: tlsv13 alert certificate required; does the broker want one?";
    ScriptedServer refuses;
    refuses.session.start(refuses.now);

    refuses.session.transport_lost(why, refuses.now);

    EXPECT_EQ(refuses.end().text, why);
}

TEST(SessionHandshake, an_unknown_protocol_in_start_is_refused) {
    ScriptedServer server;
    server.session.start(server.now);

    server.sends(0, wire::ConnectionStart{.version_major = 8, .version_minor = 0});

    EXPECT_EQ(server.end().cause, Cause::protocol_error);
    EXPECT_EQ(server.end().text, "the broker speaks AMQP 8-0, not 0-9");
}

TEST(SessionHandshake, a_start_larger_than_the_least_frame_is_accepted) {
    ScriptedServer server;
    server.session.start(server.now);
    server.expect_protocol_header();
    wire::Table properties;
    properties.set("cluster_name", std::string_view(std::string(5000, 'x')));

    server.sends(0, wire::ConnectionStart{.server_properties = properties,
                                          .mechanisms = wire::as_bytes("PLAIN")});

    server.expect<wire::ConnectionStartOk>(0);
}

TEST(SessionHandshake, methods_out_of_turn_are_refused) {
    ScriptedServer server;
    server.starts();
    server.expect<wire::ConnectionStartOk>(0);

    server.sends(0, wire::ConnectionOpenOk{});

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 503);
    EXPECT_EQ(server.end().code, wire::ReplyCode::command_invalid);
}

TEST(SessionHandshake, a_challenge_is_refused) {
    ScriptedServer server;
    server.starts();
    server.expect<wire::ConnectionStartOk>(0);

    server.sends(0, wire::ConnectionSecure{.challenge = wire::as_bytes("who?")});

    EXPECT_EQ(server.expect<wire::ConnectionClose>(0).reply_code, 540);
}

TEST(SessionHandshake, has_a_deadline) {
    ScriptedServer server({.handshake_timeout = 3s});
    server.starts();

    EXPECT_EQ(server.session.next_deadline(), server.now + 3s);
    server.passes(2999ms);
    EXPECT_FALSE(server.session.is_ended());
    server.passes(1ms);

    EXPECT_EQ(server.end().cause, Cause::timed_out);
    EXPECT_TRUE(server.session.is_finished());
    EXPECT_EQ(server.session.next_deadline(), std::nullopt);
}

TEST(SessionHandshake, closing_before_anybody_listens_ends_at_the_next_tick) {
    ScriptedServer server;
    server.starts();
    server.reads();

    server.session.close(wire::ReplyCode::success, "stop", server.now);
    EXPECT_EQ(server.session.next_deadline(), server.now);
    server.passes(0s);

    EXPECT_EQ(server.end().cause, Cause::closed_by_us);
    EXPECT_TRUE(server.session.is_finished());
}

TEST(SessionHandshake, nothing_can_be_sent_before_it_is_done) {
    ScriptedServer server;
    server.accepts_login();

    EXPECT_FALSE(server.session.open_channel(1, server.now));
    EXPECT_FALSE(server.session.send(1, wire::BasicAck{.delivery_tag = 1}));

    server.expect_nothing();
}

TEST(SessionHandshake, options_that_cannot_be_sent_are_refused_when_they_are_given) {
    RecordedEvents events;

    EXPECT_THROW(amqp::Session({.mechanism = "GSSAPI"}, events), std::invalid_argument);
    EXPECT_THROW(amqp::Session({.virtual_host = std::string(256, 'v')}, events), std::length_error);
    EXPECT_THROW(amqp::Session({.password = std::string(5000, 'p')}, events), std::length_error);
}

}  // namespace
}  // namespace eventail::test
