#include "net/link.hpp"
#include "support/certificates.hpp"
#include "support/link_driver.hpp"
#include "support/loopback_peer.hpp"
#include "support/temporary_folder.hpp"
#include <eventail/error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::net {
namespace {

using namespace std::chrono_literals;
using State = Link::State;

class LinkTls : public testing::Test {
protected:
    LinkTls() {
        url_.is_tls = true;
        url_.host = "127.0.0.1";
        url_.port = peer_.port();
        url_.cacertfile = folder_.write("ca.pem", authority_.certificate());
        server_.identity = authority_.issue("broker", "DNS:localhost,IP:127.0.0.1");
    }

    void open() {
        peer_.use_tls(server_);
        link_.open(url_, Clock::now());
    }
    void connect() {
        open();
        ASSERT_TRUE(driver_.run_until(State::open)) << link_.failure();
        ASSERT_TRUE(driver_.run_until([&] { return peer_.tls().is_established(); }));
    }
    void expect_failure(std::string_view part) {
        ASSERT_TRUE(driver_.run_until(State::closed));
        EXPECT_EQ(link_.failure().find(redacted(url_) + ": "), 0u) << link_.failure();
        EXPECT_NE(link_.failure().find(part), std::string::npos) << link_.failure();
    }

    test::TemporaryFolder folder_;
    test::Authority authority_{"Test Authority"};
    test::TlsServerOptions server_;
    test::LoopbackPeer peer_;
    Url url_;
    Link link_;
    test::LinkDriver driver_{link_, peer_};
};

TEST_F(LinkTls, bytes_go_both_ways) {
    connect();

    driver_.write("ping");
    ASSERT_TRUE(driver_.run_until([&] { return peer_.received() == "ping"; }));
    peer_.send("pong");
    ASSERT_TRUE(driver_.run_until([&] { return driver_.received() == "pong"; }));

    EXPECT_TRUE(link_.is_flushed());
    EXPECT_FALSE(link_.next_deadline());
}

TEST_F(LinkTls, a_name_is_connected_to_and_verified) {
    url_.host = "localhost";

    connect();

    EXPECT_EQ(peer_.tls().requested_server_name(), "localhost");
}

TEST_F(LinkTls, views_of_all_sizes_go_out_in_their_order_even_if_one_comes_twice) {
    connect();
    std::string body;
    for (int i = 0; i < 4000; ++i) body += std::to_string(i) + ' ';
    const std::array<std::string, 3> small = {"head ", " end, head ", " end"};
    std::vector<wire::Bytes> views;
    std::string all;
    for (std::size_t size = 1; size <= body.size(); size += size / 2 + 1) {
        const std::string_view part = std::string_view(body).substr(0, size);
        for (const std::string_view view :
             {std::string_view(small[0]), part, std::string_view(small[1]), part,
              std::string_view(small[2])}) {
            views.push_back(wire::as_bytes(view));
            all += view;
        }
    }

    // Writes as much as fits at a time, then continues from there.
    std::size_t written = 0;
    ASSERT_TRUE(driver_.run_until([&] {
        std::vector<wire::Bytes> left;
        std::size_t skipped = 0;
        for (const wire::Bytes view : views) {
            const std::size_t done = std::min(view.size(), written - skipped);
            skipped += done;
            if (done < view.size()) left.push_back(view.subspan(done));
        }
        written += link_.write(left, Clock::now());
        return peer_.received().size() >= all.size();
    }));

    EXPECT_TRUE(peer_.received() == all);
}

TEST_F(LinkTls, four_mebibytes_go_both_ways_at_the_same_time) {
    connect();
    const std::string up(4 << 20, 'u');
    const std::string down(4 << 20, 'd');

    driver_.write(up);
    peer_.send(down);
    ASSERT_TRUE(driver_.run_until([&] {
        return peer_.received().size() >= up.size() && driver_.received().size() >= down.size();
    }));

    EXPECT_TRUE(peer_.received() == up);
    EXPECT_TRUE(driver_.received() == down);
}

TEST_F(LinkTls, a_peer_may_send_one_byte_at_a_time) {
    peer_.write_at_most(1);
    connect();

    peer_.send("slowly");

    EXPECT_TRUE(driver_.run_until([&] { return driver_.received() == "slowly"; }));
}

TEST_F(LinkTls, a_peer_that_does_not_read_leaves_it_unflushed_until_it_does) {
    connect();
    const std::string large(64 << 20, 'x');
    const wire::Bytes view = wire::as_bytes(large);
    peer_.read_nothing();

    std::size_t taken = 0;
    while (const std::size_t count = link_.write({&view, 1}, Clock::now())) taken += count;
    const bool was_flushed = link_.is_flushed();
    const short events = link_.poll_request(false).events;
    peer_.read_again();
    ASSERT_TRUE(driver_.run_until([&] { return peer_.received().size() == taken; }));

    EXPECT_LT(taken, large.size());
    EXPECT_FALSE(was_flushed);
    EXPECT_EQ(events, POLLIN | POLLOUT);
    EXPECT_TRUE(link_.is_flushed());
}

TEST_F(LinkTls, writing_stops_only_when_the_kernel_takes_no_more) {
    connect();
    const std::string text(16 * 1024, 'x');
    const std::vector<wire::Bytes> views(2000, wire::as_bytes(text));

    const std::size_t taken = link_.write(views, Clock::now());

    EXPECT_LT(taken, views.size() * text.size());
    EXPECT_FALSE(link_.is_flushed());
}

TEST_F(LinkTls, a_certificate_for_another_name_is_refused) {
    server_.identity = authority_.issue("broker", "DNS:other.example");

    open();

    expect_failure("is not for 127.0.0.1");
    EXPECT_EQ(link_.failure_code(), Errc::tls_failed);
}

TEST_F(LinkTls, an_unknown_authority_is_refused) {
    server_.identity = test::Authority("Stranger").issue("broker", "IP:127.0.0.1");

    open();

    expect_failure("cacertfile");
    EXPECT_EQ(link_.failure_code(), Errc::tls_failed);
    EXPECT_TRUE(driver_.run_until([&] { return peer_.tls().has_failed(); }));
}

TEST_F(LinkTls, verify_none_accepts_anybody) {
    server_.identity = test::Authority("Stranger").issue("whoever", "");
    url_.verify_peer = false;

    connect();
}

TEST_F(LinkTls, a_client_certificate_is_shown) {
    server_.client_authority = authority_.certificate();
    url_.certfile = folder_.write("client.pem", authority_.issue("the client", "").both());

    connect();

    EXPECT_EQ(peer_.tls().client_common_name(), "the client");
}

TEST_F(LinkTls, a_missing_client_certificate_is_hinted_at) {
    server_.client_authority = authority_.certificate();

    open();

    expect_failure("certfile");
}

TEST_F(LinkTls, a_missing_file_closes_the_link_at_once) {
    url_.cacertfile = folder_.path("missing.pem");

    open();

    EXPECT_EQ(link_.state(), State::closed);
    expect_failure("missing.pem: No such file or directory");
}

TEST_F(LinkTls, a_handshake_that_is_never_answered_ends_at_its_deadline) {
    peer_.read_nothing();
    open();
    ASSERT_TRUE(driver_.run_until(State::securing));
    const TimePoint deadline = link_.next_deadline().value();

    link_.advance(0, deadline - 1ms);
    const State before = link_.state();
    link_.advance(0, deadline);

    EXPECT_EQ(before, State::securing);
    expect_failure("no TLS handshake with 127.0.0.1 in time");
    EXPECT_EQ(link_.failure_code(), std::errc::timed_out);
}

TEST_F(LinkTls, a_port_without_tls_is_hinted_at) {
    link_.open(url_, Clock::now());
    peer_.send(std::string_view("AMQP\0\0\x09\x01", 8));

    expect_failure("is it a TLS port?");
}

TEST_F(LinkTls, a_port_that_hangs_up_is_hinted_at) {
    link_.open(url_, Clock::now());
    ASSERT_TRUE(driver_.run_until([&] { return !peer_.received().empty(); }));

    peer_.close();

    expect_failure("closed by 127.0.0.1 in the TLS handshake; is it a TLS port?");
}

TEST_F(LinkTls, what_came_before_the_goodbye_is_read_first) {
    connect();
    peer_.send("last words");
    peer_.tls().close_notify();
    peer_.send_tls_output();

    ASSERT_TRUE(driver_.run_until(State::closed));

    EXPECT_EQ(driver_.received(), "last words");
    EXPECT_EQ(link_.failure_code(), Errc::connection_failed);
}

TEST_F(LinkTls, what_came_before_an_end_without_goodbye_is_read_too) {
    connect();
    peer_.send("last words");
    ASSERT_TRUE(driver_.run_until([&] { return peer_.has_sent_everything(); }));

    peer_.close();
    ASSERT_TRUE(driver_.run_until(State::closed));

    EXPECT_EQ(driver_.received(), "last words");
}

TEST_F(LinkTls, our_close_says_goodbye) {
    connect();

    link_.close();

    EXPECT_TRUE(driver_.run_until([&] { return peer_.tls().is_closed_by_client(); }));
    EXPECT_EQ(link_.failure(), "");
}

}  // namespace
}  // namespace eventail::net
