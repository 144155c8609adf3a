// Stopping before, between and across runs, for good or to reconnect.
// (protocol.md, "Life of a service" and "Acknowledgement")
#include "support/fake_broker.hpp"

#include <gmock/gmock.h>

namespace eventail::bus {
namespace {

using namespace test;
using testing::ElementsAre;

TEST(WorkerStopAcrossRuns, before_the_first_run) {
    FakeBroker broker;

    broker.stops();
    broker.begins_run();

    broker.expect_stopped();
}

TEST(WorkerStopAcrossRuns, before_the_first_run_sends_what_was_published) {
    FakeBroker broker;
    broker.publishes("A");

    broker.stops();
    broker.begins_run();
    EXPECT_EQ(broker.accepts_connection(LinkId::consuming), std::nullopt);
    broker.accepts_connection(LinkId::publishing);
    EXPECT_THAT(broker.takes_published_names(), ElementsAre("A"));
    broker.confirms(1);

    broker.expect_stopped();
}

TEST(WorkerStopAcrossRuns, with_the_broker_gone_ends_by_the_deadline) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.stops();
    broker.loses(LinkId::consuming);
    broker.loses(LinkId::publishing);

    for (int i = 0; i < 30; ++i) {
        broker.refuses_connection(LinkId::publishing);
        broker.passes(1s);
    }

    broker.expect_stopped(1);
}

TEST(WorkerStopAcrossRuns, between_runs_drains_in_the_next_one) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.loses(LinkId::publishing);
    broker.loses(LinkId::consuming);
    ASSERT_TRUE(broker.worker.is_finished());

    broker.stops();
    broker.begins_run();
    broker.accepts_connection(LinkId::publishing);
    broker.confirms(1);

    broker.expect_stopped();
}

TEST(WorkerStopAcrossRuns, while_the_lost_connection_winds_down_still_drains) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.loses(LinkId::consuming);

    broker.stops();
    broker.passes(5s);
    EXPECT_FALSE(broker.worker.is_finished());
    broker.confirms(1);

    broker.expect_stopped();
}

TEST(WorkerStopAcrossRuns, while_the_links_are_being_closed_still_drains) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.publishing.instead = [](std::uint16_t, const wire::Method& method) {
        return std::holds_alternative<wire::ChannelClose>(method);
    };
    broker.loses(LinkId::consuming);
    broker.passes(1s);
    ASSERT_TRUE(broker.worker.is_ending());

    broker.stops();
    broker.publishing.instead = {};
    broker.loses(LinkId::publishing);
    broker.passes(1s);
    broker.accepts_connection(LinkId::publishing);
    broker.confirms(1);

    broker.expect_stopped();
}

TEST(WorkerStopAcrossRuns, to_reconnect_abandons_nothing) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.stops(true);
    for (int i = 0; i < 30; ++i) broker.passes(1s);
    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::reconnect);
    EXPECT_EQ(broker.finishes().abandoned, 0u);
    EXPECT_EQ(broker.worker.unsettled(), 1u);
    broker.takes_published();

    broker.begins_run();
    broker.accepts_connection(LinkId::publishing);
    broker.accepts_connection(LinkId::consuming);

    EXPECT_FALSE(broker.worker.is_stopping());
    EXPECT_TRUE(broker.worker.is_consuming());
    EXPECT_THAT(broker.takes_published_names(), ElementsAre("A"));
}

TEST(WorkerStopAcrossRuns, for_good_overrides_one_to_reconnect) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.stops(true);

    broker.stops(false);
    for (int i = 0; i < 30; ++i) broker.passes(1s);

    broker.expect_stopped(1);
}

TEST(WorkerStopAcrossRuns, to_reconnect_does_not_override_one_for_good) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.stops(false);

    broker.stops(true);
    broker.confirms(1);

    broker.expect_stopped();
}

}  // namespace
}  // namespace eventail::bus
