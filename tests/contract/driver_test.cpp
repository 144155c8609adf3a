// The urls' settings for a session reach it: the driver connects to a peer on loopback, and the
// test asks with which options.
#include "service/driver.hpp"

#include "amqp/output_queue.hpp"
#include "support/loopback_peer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>

namespace eventail::service {
namespace {

using namespace std::chrono_literals;
using bus::LinkId;
using test::LoopbackPeer;

/// Connects each link once, and keeps the reported events.
class Listener final : public bus::LinkUser {
public:
    std::optional<std::size_t> wants_connect(LinkId link, TimePoint) override {
        return has_asked_.emplace(link, true).second ? std::optional<std::size_t>(0) : std::nullopt;
    }
    void link_up(LinkId link, const amqp::SessionOptions& options, TimePoint) override {
        sessions[link] = options;
    }
    void link_down(LinkId, const bus::LinkLoss& loss, TimePoint) override { failure = loss.what; }
    bool wants_disconnect(LinkId) const override { return false; }
    bool has_failed(LinkId) const override { return false; }
    void feed(LinkId, wire::Bytes, TimePoint) override {}
    amqp::Session::BodyRoom body_room(LinkId) override { return {}; }
    void body_received(LinkId, std::size_t, TimePoint) override {}
    amqp::OutputQueue* output(LinkId, TimePoint) override { return nullptr; }
    void written(LinkId, std::size_t, TimePoint) override {}
    void tick(TimePoint) override {}
    std::optional<TimePoint> next_deadline() const override { return std::nullopt; }

    std::map<LinkId, amqp::SessionOptions> sessions = {};
    std::string failure = {};

private:
    std::map<LinkId, bool> has_asked_ = {};
};

/// The sessions of a service whose url ends like this, and whose options differ.
std::map<LinkId, amqp::SessionOptions> sessions_with(const std::string& rest_of_url) {
    LoopbackPeer peer;
    const std::string url =
        "amqp://anna:s3cret@127.0.0.1:" + std::to_string(peer.port()) + rest_of_url;
    Listener listener;
    const Wakeup wakeup;
    Driver driver({.urls = {net::parse_url(url)},
                   .session = {.heartbeat = 7s, .channel_max = 70, .frame_max = 70'000},
                   .connection_name = "pong"},
                  listener, {LinkId::consuming, LinkId::publishing}, wakeup);
    const TimePoint give_up = Clock::now() + 10s;
    while (listener.sessions.size() < 2 && listener.failure.empty()) {
        if (Clock::now() >= give_up) break;
        driver.step(Clock::now() + 10ms);
    }
    EXPECT_EQ(listener.failure, "");
    EXPECT_EQ(listener.sessions.size(), 2u);
    return listener.sessions;
}

TEST(Driver, opens_sessions_as_the_url_says) {
    auto sessions = sessions_with(
        "/v%2Fhost?heartbeat=5&channel_max=50&frame_max=5000&auth_mechanism=external");

    for (const LinkId link : bus::both_links) {
        EXPECT_EQ(sessions[link].user, "anna");
        EXPECT_EQ(sessions[link].password, "s3cret");
        EXPECT_EQ(sessions[link].virtual_host, "v/host");
        EXPECT_EQ(sessions[link].mechanism, "EXTERNAL");
        EXPECT_EQ(sessions[link].heartbeat, 5s);
        EXPECT_EQ(sessions[link].channel_max, 50);
        EXPECT_EQ(sessions[link].frame_max, 5000u);
    }
}

TEST(Driver, leaves_to_the_options_what_the_url_does_not_say) {
    auto sessions = sessions_with("");

    for (const LinkId link : bus::both_links) {
        EXPECT_EQ(sessions[link].virtual_host, "/");
        EXPECT_EQ(sessions[link].mechanism, "PLAIN");
        EXPECT_EQ(sessions[link].heartbeat, 7s);
        EXPECT_EQ(sessions[link].channel_max, 70);
        EXPECT_EQ(sessions[link].frame_max, 70'000u);
    }
}

TEST(Driver, lets_the_url_switch_heartbeats_and_limits_off) {
    auto sessions = sessions_with("?heartbeat=0&channel_max=0&frame_max=0");

    for (const LinkId link : bus::both_links) {
        EXPECT_EQ(sessions[link].heartbeat, 0s);
        EXPECT_EQ(sessions[link].channel_max, 0);
        EXPECT_EQ(sessions[link].frame_max, 0u);
    }
}

TEST(Driver, names_each_connection_for_those_who_look_for_it) {
    auto sessions = sessions_with("");

    EXPECT_EQ(sessions[LinkId::consuming].connection_name, "pong consuming");
    EXPECT_EQ(sessions[LinkId::publishing].connection_name, "pong publishing");
}

}  // namespace
}  // namespace eventail::service
