// The faults of an embedded broker, as services and endpoints see them. Tests of the peer check
// each fault frame by frame.
#include "contract/service_fixture.hpp"
#include <eventail/broker.hpp>
#include <eventail/endpoint.hpp>
#include <eventail/error.hpp>

#include <atomic>
#include <thread>

namespace eventail {
namespace {

using test::eventually;
using test::Supervised;
using test::Tested;
using namespace std::chrono_literals;

class EmbeddedBrokerFaults : public testing::Test {
protected:
    void SetUp() override {
        broker_.declare_exchange("events");
        broker_.declare_queue("seen", "events", {"#"});
    }
    EndpointOptions endpoint_options() const {
        return {.amqp_urls = {broker_.url()}, .logical_service = "clock"};
    }
    std::size_t seen_count() const { return broker_.peek("seen").size(); }

    EmbeddedBroker broker_;
};

TEST_F(EmbeddedBrokerFaults, a_stalled_connection_goes_on_where_it_stopped) {
    Endpoint endpoint(endpoint_options());
    endpoint.publish_event("Ticked", {{"n", 1}});
    broker_.set_faults({.is_stalled = true});
    std::atomic<bool> is_confirmed = false;
    std::thread publisher([&] {
        endpoint.publish_event("Ticked", {{"n", 2}});
        is_confirmed = true;
    });
    EndpointOptions impatient = endpoint_options();
    impatient.connect_timeout = 50ms;
    Endpoint other(impatient);
    EXPECT_THROW(other.publish_event("Ticked", {{"n", 3}}, {.max_retries = 0}), Error);
    EXPECT_FALSE(is_confirmed);
    EXPECT_EQ(seen_count(), 1u);

    broker_.clear_faults();
    publisher.join();

    EXPECT_EQ(seen_count(), 2u);
    EXPECT_EQ(broker_.connections().size(), 1u) << "nobody connected again";
}

TEST_F(EmbeddedBrokerFaults, faults_hold_for_connections_by_name) {
    broker_.set_faults({.confirms = ConfirmFault::nack}, "clock");
    Endpoint named(endpoint_options());
    Endpoint other(EndpointOptions{.amqp_urls = {broker_.url()}, .logical_service = "door"});

    EXPECT_THROW(named.publish_event("Ticked", {{"n", 1}}, {.max_retries = 0}), Error);
    EXPECT_NO_THROW(other.publish_event("Ticked", {{"n", 2}}, {.max_retries = 0}));
    broker_.clear_faults();
    EXPECT_NO_THROW(named.publish_event("Ticked", {{"n", 3}}, {.max_retries = 0}));
    EXPECT_EQ(seen_count(), 3u) << "what was nacked went where it belongs";
}

TEST_F(EmbeddedBrokerFaults, a_closed_channel_requeues_unacknowledged_messages) {
    std::atomic<int> first = 0;
    std::atomic<int> again = 0;
    Tested service({.amqp_urls = {broker_.url()},
                    .logical_service = "tester",
                    .max_reconnect_delay = 20ms,
                    .handle_signals = false});
    service.on_event("Ticked", [&](const Event& event) {
        ++(event.metadata.is_redelivered ? again : first);
        return Ack::manual;
    });
    Supervised running(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; }));
    Endpoint(endpoint_options()).publish_event("Ticked", {{"n", 1}});
    ASSERT_TRUE(eventually([&] { return first == 1; }));

    broker_.close_channels("delivery acknowledgement timed out", "tester");

    EXPECT_TRUE(eventually([&] { return again == 1; }));
    EXPECT_EQ(running.stop(), 0);
}

TEST_F(EmbeddedBrokerFaults, a_cut_amid_a_frame_makes_the_endpoint_send_again) {
    Endpoint endpoint(endpoint_options());
    endpoint.publish_event("Ticked", {{"n", 1}});
    broker_.set_faults({.cut_after_bytes_written = 3});
    std::thread repair([&] {
        EXPECT_TRUE(eventually([&] { return seen_count() == 2; }));
        broker_.clear_faults();
    });

    endpoint.publish_event("Ticked", {{"n", 2}});
    repair.join();

    EXPECT_EQ(seen_count(), 3u) << "the confirm was lost, not the message";
}

}  // namespace
}  // namespace eventail
