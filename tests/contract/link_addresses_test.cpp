// A host with several addresses: a useless address does not keep a link from the others.
#include "net/link.hpp"
#include "support/loopback_peer.hpp"

#include <gtest/gtest.h>

#include <poll.h>

#include <array>
#include <string>

namespace eventail::net {
namespace {

using namespace std::chrono_literals;
using test::LoopbackPeer;
using State = Link::State;

class LinkAddresses : public testing::Test {
protected:
    void open() {
        Url url;
        url.host = "broker";
        url.port = first_.port();
        link_.open(url, now());
    }

    template <typename Condition>
    bool runs_until(Condition condition) {
        const TimePoint give_up = Clock::now() + 10s;
        while (!condition()) {
            if (Clock::now() > give_up) return false;
            std::array<pollfd, 3> requests = {link_.poll_request(false), first_.poll_request(),
                                              second_.poll_request()};
            ::poll(requests.data(), requests.size(), 20);
            link_.advance(requests[0].revents, now());
            while (!link_.read(now()).empty()) {
            }
            first_.step();
            second_.step();
        }
        return true;
    }

    /// Opens the link. @return whether it is connected to `peer`
    bool connects_to(const LoopbackPeer& peer) {
        open();
        return runs_until([&] { return link_.state() == State::open && peer.has_connection(); });
    }

    TimePoint now() const { return Clock::now() + later_; }

    Duration later_ = 0s;
    LoopbackPeer first_{"127.0.0.1"};
    LoopbackPeer second_{"127.0.0.2", first_.port()};
    Lookups lookups_{[](const std::string&, std::uint16_t port) {
        Resolution both = look_up("127.0.0.1", port);
        both.addresses.push_back(look_up("127.0.0.2", port).addresses.at(0));
        return both;
    }};
    Link link_{{.lookups = &lookups_}};
};

TEST_F(LinkAddresses, the_next_one_is_tried_after_one_that_accepts_and_closes) {
    ASSERT_TRUE(connects_to(first_)) << link_.failure();
    first_.close();
    ASSERT_TRUE(runs_until([&] { return link_.state() == State::closed; }));

    EXPECT_TRUE(connects_to(second_)) << link_.failure();
}

TEST_F(LinkAddresses, the_next_one_is_tried_after_one_that_accepts_and_is_given_up) {
    ASSERT_TRUE(connects_to(first_)) << link_.failure();
    link_.give_up_address(now());

    EXPECT_TRUE(connects_to(second_)) << link_.failure();
}

TEST_F(LinkAddresses, the_first_one_gets_another_chance_after_a_minute) {
    ASSERT_TRUE(connects_to(first_)) << link_.failure();
    link_.give_up_address(now());
    first_.close();
    later_ = 61s;

    open();

    ASSERT_TRUE(runs_until([&] { return link_.state() == State::open; })) << link_.failure();
    EXPECT_FALSE(second_.has_connection());
}

TEST_F(LinkAddresses, one_that_was_closed_politely_stays_the_first) {
    ASSERT_TRUE(connects_to(first_)) << link_.failure();
    link_.close();
    first_.close();

    open();

    ASSERT_TRUE(runs_until([&] { return link_.state() == State::open; })) << link_.failure();
    EXPECT_FALSE(second_.has_connection());
}

}  // namespace
}  // namespace eventail::net
