// Queues of limited length.
#include "unit/broker/core/core_fixture.hpp"

namespace eventail::broker {
namespace {

using testing::ElementsAre;

class LengthLimit : public BrokerTest {
protected:
    void declare(int max_length, std::string_view overflow) {
        client_.declare_queue(
            "q", {.arguments =
                      wire::Table().set("x-max-length", max_length).set("x-overflow", overflow)});
    }
    std::vector<Fate> send_three() {
        return {client_.send("q", "1"), client_.send("q", "2"), client_.send("q", "3")};
    }
};

TEST_F(LengthLimit, the_oldest_give_way) {
    declare(2, "drop-head");

    EXPECT_THAT(send_three(), ElementsAre(Fate::routed, Fate::routed, Fate::routed));
    EXPECT_THAT(client_.drain("q"), ElementsAre("2", "3"));
}

TEST_F(LengthLimit, reject_publish_refuses_messages_beyond_the_limit) {
    declare(2, "reject-publish");

    EXPECT_THAT(send_three(), ElementsAre(Fate::routed, Fate::routed, Fate::rejected));
    EXPECT_THAT(client_.drain("q"), ElementsAre("1", "2"));
}

TEST_F(LengthLimit, reject_publish_keeps_requeued_messages_beyond_the_limit) {
    declare(1, "reject-publish");
    client_.send("q", "1");
    client_.get("q");
    client_.send("q", "2");

    client_.nack(1, true);

    EXPECT_THAT(client_.drain("q"), ElementsAre("1", "2"));
}

TEST_F(LengthLimit, one_queue_that_refuses_is_enough_and_the_others_have_it) {
    declare(0, "reject-publish");
    client_.declare_queue("r");
    client_.bind("q", "amq.fanout", "");
    client_.bind("r", "amq.fanout", "");

    EXPECT_EQ(client_.publish("amq.fanout", "", "1"), Fate::rejected);
    EXPECT_THAT(client_.drain("r"), ElementsAre("1"));
}

TEST_F(LengthLimit, deliveries_do_not_count) {
    declare(1, "reject-publish");
    client_.prefetch(2);
    client_.consume("q");

    EXPECT_THAT(send_three(), ElementsAre(Fate::routed, Fate::routed, Fate::routed));
    EXPECT_EQ(client_.send("q", "4"), Fate::rejected);
    EXPECT_THAT(client_.take_bodies(), ElementsAre("1", "2"));
}

TEST_F(LengthLimit, an_acknowledgement_makes_room_for_the_publish_right_after_it) {
    declare(1, "reject-publish");
    client_.prefetch(1);
    client_.consume("q");
    EXPECT_EQ(client_.send("q", "1"), Fate::routed);
    EXPECT_EQ(client_.send("q", "2"), Fate::routed);

    client_.ack(1);

    EXPECT_EQ(client_.send("q", "3"), Fate::routed);
}

TEST_F(LengthLimit, a_consumer_gets_it_even_if_nothing_may_wait) {
    declare(0, "drop-head");
    client_.consume("q");

    send_three();

    EXPECT_THAT(client_.take_bodies(), ElementsAre("1", "2", "3"));
}

TEST_F(LengthLimit, bytes_of_bodies_can_be_limited_too) {
    client_.declare_queue("q", {.arguments = wire::Table().set("x-max-length-bytes", 10)});

    client_.send("q", "12345");
    client_.send("q", "67890");
    EXPECT_EQ(ready_count("q"), 2u);
    client_.send("q", "x");
    EXPECT_THAT(client_.drain("q"), ElementsAre("67890", "x"));
    client_.send("q", "longer than that");
    EXPECT_EQ(ready_count("q"), 0u);
}

TEST_F(LengthLimit, a_message_requeued_to_a_full_queue_is_the_oldest_and_dropped) {
    declare(1, "drop-head");
    client_.send("q", "1");
    client_.get("q");
    client_.send("q", "2");

    client_.nack(1, true);

    EXPECT_THAT(client_.drain("q"), ElementsAre("2"));
}

}  // namespace
}  // namespace eventail::broker
