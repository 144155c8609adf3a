#include "net/link.hpp"

#include "support/link_driver.hpp"
#include "support/loopback_peer.hpp"
#include "support/slow_names.hpp"
#include <eventail/error.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace eventail::net {
namespace {

using namespace std::chrono_literals;
using test::LinkDriver;
using test::LoopbackPeer;
using State = Link::State;

class LinkTest : public testing::Test {
protected:
    void open_to(std::uint16_t port, const std::string& host = "127.0.0.1") {
        Url url;
        url.host = host;
        url.port = port;
        link_.open(url, Clock::now());
    }
    void connect() {
        open_to(peer_.port());
        ASSERT_TRUE(driver_.run_until(State::open)) << link_.failure();
        ASSERT_TRUE(driver_.run_until([&] { return peer_.has_connection(); }));
    }
    std::string prefix(std::uint16_t port) const {
        return "amqp://guest@127.0.0.1:" + std::to_string(port) + "/: ";
    }

    LoopbackPeer peer_;
    Link link_;
    LinkDriver driver_{link_, peer_};
};

/// Different everywhere, so that a lost or moved piece is noticed.
std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * 7 + i / 251) & 0xff);
    return text;
}

TEST_F(LinkTest, an_idle_link_waits_for_nothing) {
    EXPECT_EQ(link_.state(), State::idle);
    EXPECT_EQ(link_.poll_request(true).fd, -1);
    EXPECT_FALSE(link_.next_deadline());
    EXPECT_TRUE(link_.read(Clock::now()).empty());
}

TEST_F(LinkTest, bytes_go_both_ways) {
    connect();

    driver_.write("ping");
    ASSERT_TRUE(driver_.run_until([&] { return peer_.received() == "ping"; }));
    peer_.send("pong");
    ASSERT_TRUE(driver_.run_until([&] { return driver_.received() == "pong"; }));

    EXPECT_TRUE(link_.is_flushed());
    EXPECT_FALSE(link_.next_deadline());
    EXPECT_EQ(link_.failure(), "");
}

TEST_F(LinkTest, several_views_go_out_in_their_order) {
    connect();
    std::vector<std::string> texts;
    std::vector<wire::Bytes> views;
    std::string all;
    for (int i = 0; i < 200; ++i) texts.push_back(std::to_string(i) + " ");
    for (const std::string& text : texts) {
        views.push_back(wire::as_bytes(text));
        all += text;
    }

    const std::size_t taken = link_.write(views, Clock::now());

    EXPECT_EQ(taken, all.size());
    EXPECT_TRUE(driver_.run_until([&] { return peer_.received() == all; }));
}

TEST_F(LinkTest, four_mebibytes_go_both_ways_at_the_same_time) {
    connect();
    const std::string up = pattern(4 << 20);
    const std::string down = pattern((4 << 20) + 1);

    driver_.write(up);
    peer_.send(down);
    ASSERT_TRUE(driver_.run_until([&] {
        return peer_.received().size() >= up.size() && driver_.received().size() >= down.size();
    }));

    EXPECT_TRUE(peer_.received() == up);
    EXPECT_TRUE(driver_.received() == down);
}

TEST_F(LinkTest, what_has_a_place_is_read_to_it_and_the_rest_after_it) {
    connect();
    const std::string text = pattern(1000);
    std::array<std::byte, 900> room = {};
    peer_.send(text);
    while (!peer_.has_sent_everything()) peer_.step();
    pollfd request = link_.poll_request(false);
    ASSERT_EQ(::poll(&request, 1, 10'000), 1);
    link_.advance(request.revents, Clock::now());

    const Link::Received received = link_.read_into(room, 50, Clock::now());

    EXPECT_EQ(received.in_room, 900u);
    EXPECT_EQ(wire::as_text(room), text.substr(0, 900));
    EXPECT_EQ(wire::as_text(received.rest), text.substr(900, 50));
    EXPECT_EQ(wire::as_text(link_.read(Clock::now())), text.substr(950));
}

TEST_F(LinkTest, a_peer_may_send_one_byte_at_a_time) {
    connect();
    const std::string text = pattern(500);
    peer_.write_at_most(1);

    peer_.send(text);

    EXPECT_TRUE(driver_.run_until([&] { return driver_.received() == text; }));
}

TEST_F(LinkTest, a_peer_that_does_not_read_takes_only_what_the_kernel_buffers) {
    connect();
    const std::string large = pattern(32 << 20);
    const wire::Bytes view = wire::as_bytes(large);
    peer_.read_nothing();

    std::size_t taken = 0;
    while (const std::size_t count = link_.write({&view, 1}, Clock::now())) taken += count;

    EXPECT_GT(taken, 0u);
    EXPECT_LT(taken, large.size());
    EXPECT_EQ(link_.state(), State::open);
    EXPECT_EQ(link_.poll_request(true).events, POLLIN | POLLOUT);
    EXPECT_EQ(link_.poll_request(false).events, POLLIN);
}

TEST_F(LinkTest, a_refused_connection_is_one_clear_line) {
    const std::uint16_t port = test::refusing_port();

    open_to(port);
    ASSERT_TRUE(driver_.run_until(State::closed));

    EXPECT_EQ(link_.failure(),
              prefix(port) + "connection refused by 127.0.0.1; is a broker listening there?");
    EXPECT_EQ(link_.failure_code(), std::errc::connection_refused);
    EXPECT_EQ(link_.poll_request(true).fd, -1);
}

TEST_F(LinkTest, a_host_name_is_resolved_without_blocking) {
    open_to(peer_.port(), "localhost");
    const State before = link_.state();

    ASSERT_TRUE(driver_.run_until(State::open)) << link_.failure();

    // The answer may already have come, though nobody waited for it.
    EXPECT_TRUE(before == State::resolving || before == State::connecting);
}

TEST_F(LinkTest, a_name_that_does_not_exist_is_one_clear_line) {
    open_to(5672, "no-such..host");  // which no name server needs to be asked about

    ASSERT_TRUE(driver_.run_until(State::closed));

    EXPECT_EQ(link_.failure().find("amqp://guest@no-such..host:5672/: the host name was not "
                                   "resolved ("),
              0u)
        << link_.failure();
    EXPECT_EQ(link_.failure_code(), Errc::connection_failed);
}

TEST_F(LinkTest, resolving_ends_at_its_deadline) {
    test::SlowNames names;
    Link link({.lookups = &names.lookups()});
    const TimePoint now = Clock::now();
    Url url;
    url.host = "localhost";
    link.open(url, now);
    const auto deadline = link.next_deadline();

    link.advance(0, now + 10s - 1ms);
    const State before = link.state();
    link.advance(0, now + 10s);

    EXPECT_EQ(deadline, now + 10s);
    EXPECT_EQ(before, State::resolving);
    EXPECT_EQ(link.state(), State::closed);
    EXPECT_EQ(link.failure_code(), std::errc::timed_out);
    EXPECT_NE(link.failure().find("resolving"), std::string::npos) << link.failure();
}

TEST_F(LinkTest, the_connection_timeout_of_the_url_replaces_the_others) {
    const TimePoint now = Clock::now();
    Url url;
    url.host = "localhost";
    url.connection_timeout = 1500ms;

    link_.open(url, now);

    EXPECT_EQ(link_.next_deadline(), now + 1500ms);
}

TEST_F(LinkTest, a_lookup_that_is_left_behind_does_no_harm) {
    for (int i = 0; i < 20; ++i) {
        Link short_lived;
        Url url;
        url.host = "localhost";
        short_lived.open(url, Clock::now());
    }
}

TEST_F(LinkTest, what_came_before_the_end_is_read_first) {
    connect();
    peer_.send("last words");
    ASSERT_TRUE(driver_.run_until([&] { return peer_.has_sent_everything(); }));

    peer_.close();
    ASSERT_TRUE(driver_.run_until(State::closed));

    EXPECT_EQ(driver_.received(), "last words");
    EXPECT_EQ(link_.failure(), prefix(peer_.port()) + "connection closed by 127.0.0.1");
    EXPECT_EQ(link_.failure_code(), Errc::connection_failed);
}

TEST_F(LinkTest, a_reset_connection_is_reported_as_such) {
    connect();

    peer_.reset();
    ASSERT_TRUE(driver_.run_until(State::closed));

    EXPECT_EQ(link_.failure(), prefix(peer_.port()) + "connection reset by 127.0.0.1");
    EXPECT_EQ(link_.failure_code(), std::errc::connection_reset);
}

TEST_F(LinkTest, writing_to_a_lost_connection_still_gives_what_came_before) {
    connect();
    peer_.send("the reason");
    peer_.step();
    peer_.close();
    const wire::Bytes view = wire::as_bytes("more");
    const auto give_up = Clock::now() + 10s;

    // A RST answers the first write, and makes a later one fail.
    while (link_.write({&view, 1}, Clock::now()) != 0 && Clock::now() < give_up) continue;
    const State after_writing = link_.state();
    ASSERT_TRUE(driver_.run_until(State::closed));

    EXPECT_EQ(after_writing, State::open);
    EXPECT_EQ(driver_.received(), "the reason");
    EXPECT_EQ(link_.failure_code(), std::errc::connection_reset);
}

TEST_F(LinkTest, our_close_reaches_the_peer_and_is_no_failure) {
    connect();

    link_.close();

    EXPECT_EQ(link_.state(), State::closed);
    EXPECT_EQ(link_.failure(), "");
    EXPECT_TRUE(driver_.run_until([&] { return peer_.is_closed_by_client(); }));
}

TEST_F(LinkTest, a_closed_link_can_be_opened_again) {
    open_to(test::refusing_port());
    ASSERT_TRUE(driver_.run_until(State::closed));

    connect();

    EXPECT_EQ(link_.failure(), "");
    EXPECT_FALSE(link_.failure_code());
}

TEST_F(LinkTest, the_failure_line_never_shows_the_password) {
    Url url;
    url.host = "127.0.0.1";
    url.port = test::refusing_port();
    url.password = "swordfish";

    link_.open(url, Clock::now());
    ASSERT_TRUE(driver_.run_until(State::closed));

    EXPECT_EQ(link_.failure().find("swordfish"), std::string::npos);
}

}  // namespace
}  // namespace eventail::net
