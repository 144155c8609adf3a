// A downstream queue that refuses messages is reported once, and again when that ends.
#include "bus/rejections.hpp"

#include "support/fake_broker.hpp"

#include <gmock/gmock.h>

#include <string>

namespace eventail::bus {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Rejections, are_one_line_for_each_exchange_and_key_until_all_is_taken) {
    Rejections rejections;

    EXPECT_TRUE(rejections.rejected(1, "events", "A"));
    EXPECT_FALSE(rejections.rejected(2, "events", "A"));
    EXPECT_FALSE(rejections.rejected(2, "events", "A"));
    EXPECT_TRUE(rejections.rejected(3, "events", "B"));
    EXPECT_FALSE(rejections.settled(7));
    EXPECT_FALSE(rejections.settled(1));

    EXPECT_EQ(rejections.settled(2)->text,
              "messages published to exchange events, key A are accepted again");
    EXPECT_EQ(rejections.settled(3)->text,
              "messages published to exchange events, key B are accepted again");
    EXPECT_FALSE(rejections.has_any());
}

TEST(Rejections, of_very_many_keys_are_not_a_line_for_each) {
    Rejections rejections;
    std::size_t lines = 0;

    for (Sequence i = 1; i <= 1000; ++i) {
        if (rejections.rejected(i, "events", "key" + std::to_string(i))) ++lines;
    }

    EXPECT_EQ(lines, Rejections::most_routes + 1);
}

TEST(WorkerRejections, a_queue_that_refuses_is_named_once_and_again_when_it_takes) {
    FakeBroker broker;
    broker.is_consuming();
    broker.takes_notices();
    broker.publishes("Full");
    broker.publishes("Full");

    broker.nacks(1);
    broker.nacks(2);
    broker.passes(15s);
    broker.nacks(3);
    EXPECT_THAT(broker.takes_notices(),
                ElementsAre("WARNING a queue refuses messages published to exchange events, key "
                            "Full (nack): is it full? Messages are kept here and sent again until "
                            "it accepts them"));

    broker.confirms(4);
    EXPECT_THAT(broker.takes_notices(), IsEmpty());
    broker.passes(30s);
    broker.confirms(5);
    EXPECT_THAT(
        broker.takes_notices(),
        ElementsAre("INFO messages published to exchange events, key Full are accepted again"));
}

TEST(WorkerHoldUp, is_named_for_what_it_is) {
    FakeBroker broker;
    EXPECT_EQ(broker.worker.hold_up(), HoldUp::no_connection);
    broker.is_consuming();
    EXPECT_EQ(broker.worker.hold_up(), HoldUp::nothing);
    broker.publishes("Full");

    broker.nacks(1);
    EXPECT_EQ(broker.worker.hold_up(), HoldUp::refusing_queue);
    broker.blocks();
    EXPECT_EQ(broker.worker.hold_up(), HoldUp::alarm);
    broker.loses(LinkId::publishing);
    EXPECT_EQ(broker.worker.hold_up(), HoldUp::no_connection);
}

}  // namespace
}  // namespace eventail::bus
