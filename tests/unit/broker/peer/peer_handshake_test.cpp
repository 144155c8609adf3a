#include "unit/broker/peer/peer_fixture.hpp"

namespace eventail::broker {
namespace {

TEST_F(PeerTest, a_client_is_led_into_its_virtual_host) {
    client_.send_header();
    const Lines start = client_.take();
    client_.start_ok();
    const Lines tune = client_.take();
    client_.send(0, wire::ConnectionTuneOk{2047, 131072, 60},
                 wire::ConnectionOpen{.virtual_host = "/"});

    EXPECT_THAT(start, ElementsAre(HasSubstr("0 connection.start")));
    EXPECT_THAT(start[0], HasSubstr("PLAIN AMQPLAIN"));
    EXPECT_THAT(tune, ElementsAre("0 connection.tune channel_max=2047 frame_max=131072 "
                                  "heartbeat=60"));
    EXPECT_THAT(client_.take(), ElementsAre("0 connection.open-ok"));
    EXPECT_TRUE(client_.peer().is_open());
    EXPECT_EQ(client_.peer().connection_name(), "tester");
}

TEST_F(PeerTest, a_client_of_another_protocol_gets_our_header_and_is_dropped) {
    client_.send_bytes(wire::as_bytes("GET / HTTP/1.1\r\n\r\n"));

    EXPECT_THAT(client_.take(), ElementsAre("protocol header"));
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, a_client_of_another_version_gets_our_header_and_is_dropped) {
    client_.send_bytes(wire::as_bytes({"AMQP\0\1\0\0", 8}));

    EXPECT_THAT(client_.take(), ElementsAre("protocol header"));
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, the_header_of_0_9_is_taken_as_0_9_1) {
    client_.send_bytes(wire::as_bytes({"AMQP\1\1\0\x9", 8}));

    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("0 connection.start version_minor=9")));
}

TEST_F(PeerTest, clients_find_rabbitmq_in_the_server_properties_and_people_find_eventail) {
    client_.send_header();

    const Lines start = client_.take();

    EXPECT_THAT(start, ElementsAre(HasSubstr("RabbitMQ")));
    EXPECT_THAT(start[0], HasSubstr("3.10."));
    EXPECT_THAT(start[0], HasSubstr("eventail"));
}

TEST_F(PeerTest, a_wrong_password_is_a_403_for_clients_that_understand_it) {
    client_.send_header();
    client_.take();
    client_.start_ok("PLAIN", {"\0guest\0wrong", 12});

    EXPECT_THAT(client_.take(),
                ElementsAre(HasSubstr("reply_code=403 reply_text=\"ACCESS_REFUSED - Login was "
                                      "refused using authentication mechanism PLAIN.")));
    client_.send(0, wire::ConnectionCloseOk{});
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, a_wrong_password_of_any_other_client_closes_the_socket) {
    client_.send_header();
    client_.take();
    client_.start_ok("PLAIN", {"\0guest\0wrong", 12}, false);

    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, amqplain_is_a_login_too) {
    wire::Table login;
    login.set("LOGIN", std::string_view("guest")).set("PASSWORD", std::string_view("guest"));
    client_.send_header();
    client_.take();

    client_.start_ok("AMQPLAIN", wire::as_text(login.view().encoded()));

    EXPECT_THAT(client_.take(), ElementsAre(HasSubstr("0 connection.tune")));
}

TEST_F(PeerTest, a_login_that_cannot_be_read_ends_it) {
    for (const auto& [mechanism, response] :
         {std::pair{"PLAIN", "abc"}, {"AMQPLAIN", "abc"}, {"EXTERNAL", ""}}) {
        PeerClient client(context_, now_);
        client.send_header();
        client.take();
        client.start_ok(mechanism, response);

        EXPECT_THAT(client.take(), IsEmpty()) << mechanism;
        EXPECT_TRUE(client.peer().is_finished()) << mechanism;
    }
}

TEST_F(PeerTest, a_missing_virtual_host_is_a_530) {
    client_.send_header();
    client_.start_ok();
    client_.take();

    client_.send(0, wire::ConnectionTuneOk{2047, 131072, 60},
                 wire::ConnectionOpen{.virtual_host = "nope"});

    EXPECT_THAT(client_.take(),
                ElementsAre("0 connection.close reply_code=530 reply_text=\"NOT_ALLOWED - vhost "
                            "nope not found\" class_id=10 method_id=40"));
}

TEST_F(PeerTest, limits_beyond_ours_end_it_as_in_rabbitmq) {
    for (const wire::ConnectionTuneOk& tune :
         {wire::ConnectionTuneOk{2047, 131073, 0}, wire::ConnectionTuneOk{2047, 0, 0},
          wire::ConnectionTuneOk{2047, 4095, 0}, wire::ConnectionTuneOk{2048, 131072, 0},
          wire::ConnectionTuneOk{0, 131072, 0}}) {
        PeerClient client(context_, now_);
        client.send_header();
        client.start_ok();
        client.take();

        client.send(0, tune);

        EXPECT_TRUE(client.peer().is_finished()) << tune.frame_max << " " << tune.channel_max;
    }
}

TEST_F(PeerTest, a_frame_out_of_turn_ends_the_handshake) {
    client_.send_header();
    client_.take();

    client_.send(1, wire::ChannelOpen{});

    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, a_handshake_has_ten_seconds) {
    client_.send_header();
    client_.take();
    client_.start_ok();
    client_.take();

    EXPECT_EQ(client_.peer().next_deadline(), now_ + 10s);
    pass(9999ms);
    EXPECT_FALSE(client_.peer().is_finished());
    pass(1ms);
    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, an_endless_first_frame_is_cut_off_at_the_smallest_frame_size) {
    client_.send_header();
    client_.take();

    client_.send_bytes(wire::as_bytes({"\1\0\0\xff\xff\xff\xff", 7}));

    EXPECT_TRUE(client_.peer().is_finished());
}

TEST_F(PeerTest, bytes_may_come_one_at_a_time) {
    wire::Buffer bytes;
    bytes.append(wire::protocol_header().bytes);
    wire::encode_method(
        bytes, 0,
        wire::ConnectionStartOk{.mechanism = "PLAIN",
                                .response = wire::as_bytes({"\0guest\0guest", 12})});
    wire::encode_method(bytes, 0, wire::ConnectionTuneOk{2047, 131072, 0});
    wire::encode_method(bytes, 0, wire::ConnectionOpen{.virtual_host = "/"});

    for (std::size_t i = 0; i < bytes.size(); ++i) client_.send_bytes(bytes.view().subspan(i, 1));

    EXPECT_TRUE(client_.peer().is_open());
}

}  // namespace
}  // namespace eventail::broker
