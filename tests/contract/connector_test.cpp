#include "net/connector.hpp"

#include "net/resolver.hpp"
#include "support/loopback_peer.hpp"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <string>
#include <vector>

namespace eventail::net {
namespace {

using namespace std::chrono_literals;
using test::LoopbackPeer;
using State = Connector::State;

Address address(const std::string& text, std::uint16_t port) {
    Resolver resolver;
    resolver.start(text, port);
    return resolver.take().addresses.at(0);
}

class ConnectorTest : public testing::Test {
protected:
    void start(std::vector<Address> addresses) {
        connector_.start(std::move(addresses), 10s, whole_deadline_, now_);
    }

    /// Polls while there is something to wait for. Time stands still.
    void run() {
        while (connector_.state() == State::connecting) {
            pollfd request = {connector_.fd(), POLLOUT, 0};
            ASSERT_EQ(::poll(&request, 1, 10000), 1);
            connector_.advance(request.revents, now_);
        }
    }

    TimePoint now_ = TimePoint(1000s);
    std::optional<TimePoint> whole_deadline_;
    Connector connector_;
};

/// Nothing answers there: a listener with a full backlog.
class BlackHole {
public:
    BlackHole() {
        Address local = address("127.0.0.1", 0);
        listener_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::bind(listener_.get(), local.get(), local.length), 0);
        EXPECT_EQ(::listen(listener_.get(), 0), 0);
        local.length = sizeof local.storage;
        getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&local.storage), &local.length);
        address_ = local;
        // It is full when a connection does not succeed at once.
        for (int i = 0; i < 64 && !is_full_; ++i) {
            FileDescriptor filler(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            ::connect(filler.get(), local.get(), local.length);
            pollfd request = {filler.get(), POLLOUT, 0};
            is_full_ = ::poll(&request, 1, 200) == 0;
            fillers_.push_back(std::move(filler));
        }
    }

    bool is_full() const { return is_full_; }
    const Address& where() const { return address_; }

private:
    FileDescriptor listener_;
    Address address_;
    std::vector<FileDescriptor> fillers_;
    bool is_full_ = false;
};

TEST_F(ConnectorTest, the_first_address_that_answers_is_taken) {
    const std::uint16_t port = test::refusing_port();
    LoopbackPeer peer("127.0.0.2", port);

    start({address("127.0.0.1", port), address("127.0.0.2", port), address("127.0.0.3", port)});
    run();

    ASSERT_EQ(connector_.state(), State::connected);
    EXPECT_EQ(to_text(connector_.address()), "127.0.0.2");
}

TEST_F(ConnectorTest, ipv4_follows_an_ipv6_address_that_does_not_answer) {
    LoopbackPeer peer("127.0.0.1");

    start({address("::1", peer.port()), address("127.0.0.1", peer.port())});
    run();

    ASSERT_EQ(connector_.state(), State::connected);
    EXPECT_EQ(to_text(connector_.address()), "127.0.0.1");
}

TEST_F(ConnectorTest, all_that_refused_are_named_with_a_hint) {
    const std::uint16_t port = test::refusing_port();

    start({address("127.0.0.1", port), address("127.0.0.2", port), address("127.0.0.3", port)});
    run();

    ASSERT_EQ(connector_.state(), State::failed);
    EXPECT_EQ(connector_.failure(),
              "connection refused by 127.0.0.1, 127.0.0.2 and 127.0.0.3; is a broker listening "
              "there?");
    EXPECT_EQ(connector_.failure_code(), std::errc::connection_refused);
}

TEST_F(ConnectorTest, an_address_that_does_not_answer_is_left_at_its_deadline) {
    const BlackHole hole;
    if (!hole.is_full()) GTEST_SKIP() << "this kernel accepts beyond the backlog";
    LoopbackPeer peer;
    start({hole.where(), address("127.0.0.1", peer.port())});

    connector_.advance(0, now_ + 10s - 1ms);
    const State before = connector_.state();
    const TimePoint deadline = connector_.deadline();
    now_ += 10s;
    connector_.advance(0, now_);
    run();

    EXPECT_EQ(before, State::connecting);
    EXPECT_EQ(deadline, TimePoint(1010s));
    EXPECT_EQ(connector_.state(), State::connected);
}

TEST_F(ConnectorTest, without_any_answer_it_fails_as_timed_out) {
    const BlackHole hole;
    if (!hole.is_full()) GTEST_SKIP() << "this kernel accepts beyond the backlog";
    start({hole.where()});

    connector_.advance(0, now_ + 10s);

    ASSERT_EQ(connector_.state(), State::failed);
    EXPECT_EQ(connector_.failure_code(), std::errc::timed_out);
    EXPECT_EQ(connector_.failure(),
              "no answer in time from 127.0.0.1; are host, port and firewalls right?");
}

TEST_F(ConnectorTest, addresses_share_what_is_left_of_a_deadline_for_the_whole) {
    const BlackHole hole;
    if (!hole.is_full()) GTEST_SKIP() << "this kernel accepts beyond the backlog";
    whole_deadline_ = now_ + 9s;
    start({hole.where(), hole.where(), hole.where()});

    const TimePoint first = connector_.deadline();
    connector_.advance(0, first);
    const TimePoint second = connector_.deadline();
    connector_.advance(0, second);
    const TimePoint third = connector_.deadline();

    EXPECT_EQ(first, now_ + 3s);
    EXPECT_EQ(second, now_ + 6s);
    EXPECT_EQ(third, *whole_deadline_);
}

TEST_F(ConnectorTest, a_local_port_where_nobody_listens_is_never_connected_to_itself) {
    // Connections get even ports first, so these tries will reach this port, but never an odd one.
    const auto port = static_cast<std::uint16_t>(test::refusing_port() & ~1);

    for (int i = 0; i < 30000 && connector_.state() != State::connected; ++i) {
        start({address("127.0.0.1", port)});
        run();
    }

    EXPECT_EQ(connector_.state(), State::failed);
}

TEST_F(ConnectorTest, the_socket_sends_at_once_and_keeps_alive) {
    LoopbackPeer peer;
    start({address("127.0.0.1", peer.port())});
    run();

    const FileDescriptor socket = connector_.take_socket();

    int no_delay = 0;
    int keep_alive = 0;
    socklen_t length = sizeof(int);
    getsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &length);
    getsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &keep_alive, &length);
    EXPECT_TRUE(no_delay != 0 && keep_alive != 0);
}

}  // namespace
}  // namespace eventail::net
