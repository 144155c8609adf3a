// Acknowledging, rejecting, giving back.
#include "unit/broker/core/core_fixture.hpp"

namespace eventail::broker {
namespace {

using enum wire::ReplyCode;
using testing::ElementsAre;
using testing::IsEmpty;

class Settle : public BrokerTest {
protected:
    void SetUp() override {
        client_.declare_queue("q");
        for (const auto* body : {"1", "2", "3", "4"}) client_.send("q", body);
    }

    void get(int count) {
        for (int i = 0; i < count; ++i) client_.get("q");
    }
    void expect_unknown(std::uint64_t tag, bool multiple = false) {
        expect_refusal(precondition_failed,
                       "PRECONDITION_FAILED - unknown delivery tag " + std::to_string(tag),
                       [&] { client_.ack(tag, multiple); });
    }
};

TEST_F(Settle, an_acknowledged_message_is_gone) {
    get(1);

    client_.ack(1);
    client_.close_channel(1);

    EXPECT_THAT(client_.drain("q"), ElementsAre("2", "3", "4"));
}

TEST_F(Settle, multiple_means_all_up_to_the_tag) {
    get(4);

    client_.ack(3, true);
    client_.channel().recover({.requeue = true});

    EXPECT_THAT(client_.drain("q"), ElementsAre("4"));
}

TEST_F(Settle, tag_0_with_multiple_means_all) {
    get(4);

    client_.ack(0, true);

    EXPECT_EQ(client_.channel().unsettled_count(), 0u);
    EXPECT_NO_THROW(client_.ack(0, true)) << "all may be none";
}

TEST_F(Settle, refuses_tags_that_are_not_there_and_settles_nothing) {
    get(2);

    expect_unknown(3);
    expect_unknown(3, true);
    expect_unknown(0);
    client_.ack(1);
    expect_unknown(1);

    EXPECT_EQ(client_.channel().unsettled_count(), 1u);
}

TEST_F(Settle, a_message_goes_back_to_its_place) {
    get(3);

    client_.nack(2, true);
    EXPECT_EQ(ready_count("q"), 2u);
    client_.nack(1, true);
    client_.nack(3, true);

    EXPECT_THAT(client_.drain("q"), ElementsAre("1", "2", "3", "4"));
}

TEST_F(Settle, a_message_that_comes_again_is_marked_redelivered) {
    get(1);
    client_.channel().reject({.delivery_tag = 1, .requeue = true});

    const auto again = client_.get("q");
    const auto fresh = client_.get("q");

    ASSERT_TRUE(again && fresh);
    EXPECT_TRUE(again->redelivered);
    EXPECT_FALSE(fresh->redelivered);
}

TEST_F(Settle, rejected_without_requeue_is_gone) {
    get(2);

    client_.nack(2, false, true);

    EXPECT_THAT(client_.drain("q"), ElementsAre("3", "4"));
}

TEST_F(Settle, a_closed_channel_gives_everything_back_in_order) {
    client_.consume("q");
    ASSERT_EQ(client_.take().size(), 4u);
    client_.ack(2);

    client_.close_channel(1);

    EXPECT_THAT(client_.drain("q"), ElementsAre("1", "3", "4"));
}

TEST_F(Settle, a_lost_connection_gives_everything_back_to_others) {
    Client other(core_);
    client_.consume("q");
    client_.take();
    other.consume("q");

    client_.disconnect();

    EXPECT_THAT(other.take_bodies(), ElementsAre("1", "2", "3", "4"));
}

TEST_F(Settle, recover_gives_back_and_needs_requeue) {
    get(2);

    expect_refusal(not_implemented, "NOT_IMPLEMENTED - requeue=false",
                   [&] { client_.channel().recover({.requeue = false}); });
    client_.channel().recover({.requeue = true});

    EXPECT_EQ(ready_count("q"), 4u);
}

TEST_F(Settle, tags_count_per_channel) {
    const auto one = client_.get("q");
    const auto other = client_.channel(2).get({.queue = "q"});

    ASSERT_TRUE(one && other);
    EXPECT_EQ(one->delivery_tag, 1u);
    EXPECT_EQ(other->delivery_tag, 1u);
}

TEST_F(Settle, one_that_is_never_settled_does_not_keep_the_memory_of_later_ones) {
    get(1);
    client_.drain("q");
    const std::size_t before = core_.held_bytes();

    for (int i = 0; i < 10'000; ++i) {
        client_.send("q", "x");
        client_.ack(client_.get("q")->delivery_tag);
    }

    EXPECT_EQ(core_.held_bytes(), before);
    EXPECT_EQ(client_.channel().unsettled_count(), 1u);
    EXPECT_NO_THROW(client_.ack(1));
}

}  // namespace
}  // namespace eventail::broker
