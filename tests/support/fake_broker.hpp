// A worker with its intake, and its broker, which the test plays with verbs. Bytes go back and
// forth until neither side has more to say; time moves only on request.
#pragma once

#include "bus/worker.hpp"
#include "support/broker_end.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::test {

using bus::LinkId;
using bus::Outcome;
using bus::Source;
using End = Outcome::End;
using namespace std::chrono_literals;

/// A test service's properties and options.
struct ServiceSetup {
    std::vector<std::string> event_keys = {"Ticked"};
    std::vector<std::string> command_keys = {"pong.Echo"};
    std::vector<std::string> config_keys = {};
    std::uint16_t prefetch_count = 3;
    std::size_t urls = 1;
    std::uint32_t frame_max = 131072;
    std::uint16_t channel_max = 2047;
    Duration blocked_timeout = std::chrono::hours{1};
};

/// A message to deliver. Its content is null in CBOR.
struct Sending {
    Source source = Source::events;
    std::string name = "Ticked";
    std::string body = "\xf6";
    bool has_conversation = true;
    bool is_redelivered = false;
    std::string reply_to = {};
    std::size_t filler_bytes = 0;  ///< size of one more header
};

inline Sending event() { return {}; }
inline Sending redelivered_event() { return {.is_redelivered = true}; }
inline Sending command() {
    return {.source = Source::commands, .name = "pong.Echo", .reply_to = "ping.EchoReturn"};
}
inline Sending configuration() {
    return {.source = Source::configurations, .name = "Limits", .has_conversation = false};
}

class FakeBroker {
public:
    explicit FakeBroker(const ServiceSetup& setup = {});

    bus::Intake intake{{}};
    bus::Worker worker;
    TimePoint now = TimePoint{} + std::chrono::hours{1};
    BrokerEnd consuming;
    BrokerEnd publishing;
    /// Whether the broker reads this connection; with an alarm, it does not read publishers.
    std::array<bool, 2> is_reading = {true, true};

    // ---- Connections

    void begins_run(bus::WhenLost when_lost = bus::WhenLost::ends);
    /// The worker wants to connect, and is accepted. @return its chosen url; nothing if it did not
    /// want to
    std::optional<std::size_t> accepts_connection(LinkId link);
    /// The worker wants to connect, and nobody listens. @return its chosen url
    std::optional<std::size_t> refuses_connection(LinkId link);
    /// The same, for any reason.
    std::optional<std::size_t> fails_connection(LinkId link, const bus::LinkLoss& loss);
    /// The worker wants to connect, and connecting takes a while.
    bool lets_connect(LinkId link);
    /// A run begins, both connections are accepted, and on_ready() has ended.
    void is_consuming(bus::WhenLost when_lost = bus::WhenLost::ends);
    /// Accepts a connection as soon as the worker wants one. @return how long that took
    Duration accepts_next_connection(LinkId link);
    void loses(LinkId link);
    void closes_connection(LinkId link, wire::ReplyCode code, std::string_view text);
    bool is_connected(LinkId link) const { return connected_[index(link)]; }
    /// At the worker's last disconnection: whether it said that another address may be better.
    bool was_of_no_use(LinkId link) const { return of_no_use_[index(link)]; }

    // ---- The consuming connection

    /// @return the delivery tag
    std::uint64_t delivers(const Sending& sending);
    void delivers_with_tag(const Sending& sending, std::uint64_t tag);
    void cancels_consumer(Source source);

    // ---- The publishing connection

    void confirms(std::uint64_t tag, bool multiple = false);
    void nacks(std::uint64_t tag);
    void returns(const Published& message);
    void blocks();
    void unblocks();

    // ---- Both

    void closes_channel(LinkId link, std::uint16_t channel, wire::ReplyCode code,
                        std::string_view text = "refused");
    template <typename M>
    void sends(LinkId link, std::uint16_t channel, const M& method) {
        end_of(link).send(channel, method);
        settles();
    }
    /// Bytes go back and forth until both sides are silent.
    void settles();
    void passes(Duration duration);

    // ---- User code

    /// Publishes an event. @return its message id
    std::string publishes(std::string_view name, bool is_mandatory = false,
                          std::string_view body = "\xf6");
    const bus::Job* begins_job();
    void ends_job(const bus::Job& job, const Outcome& outcome = {});
    /// Begins and ends the next job, which must exist. @return its delivery's token
    bus::DeliveryToken runs_job(const Outcome& outcome = {});
    void stops(bool reconnect = false);
    void acknowledges(std::uint64_t token, bool multiple = false);

    // ---- Results

    std::vector<std::string> takes_published_names();
    std::vector<Published> takes_published() { return std::exchange(publishing.published, {}); }
    std::vector<bus::Settlement> takes_settlements() {
        return std::exchange(consuming.settlements, {});
    }
    /// Like "ALERT event Ticked: …".
    std::vector<std::string> takes_notices();
    bus::RunEnd finishes();
    /// The run has ended for good, with both connections closed.
    void expect_stopped(std::size_t abandoned = 0) const;

    BrokerEnd& end_of(LinkId link) { return link == LinkId::consuming ? consuming : publishing; }

private:
    static std::size_t index(LinkId link) { return static_cast<std::size_t>(link); }
    void absorbs();
    bool exchanges(LinkId link);
    void disconnects(LinkId link, std::string_view what);

    std::uint32_t frame_max_;
    std::uint16_t channel_max_;
    std::array<bool, 2> connected_ = {};
    std::array<bool, 2> connecting_ = {};
    std::array<bool, 2> of_no_use_ = {};
    bus::Intake::Batch batch_;
    std::uint64_t counter_ = 0;
};

}  // namespace eventail::test
