// Whose turn it is, and reasons to hold deliveries back.
#include "unit/broker/core/core_fixture.hpp"

namespace eventail::broker {
namespace {

using enum wire::ReplyCode;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

class Consume : public BrokerTest {
protected:
    void SetUp() override { client_.declare_queue("q"); }

    void send(int count) {
        for (int i = 1; i <= count; ++i) client_.send("q", std::to_string(i));
    }
    static std::vector<std::string> tags_of(const std::vector<Received>& received) {
        std::vector<std::string> tags;
        for (const Received& one : received) tags.push_back(one.consumer_tag);
        return tags;
    }
};

TEST_F(Consume, gets_old_and_new_messages_in_order) {
    client_.send("q", "1");
    client_.send("q", "2");
    const std::string tag = client_.consume("q");
    EXPECT_THAT(tag, StartsWith("amq.ctag-"));

    client_.send("q", "3");
    const auto received = client_.take();

    ASSERT_EQ(received.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(body_of(*received[i].message), std::to_string(i + 1));
        EXPECT_EQ(received[i].delivery_tag, i + 1);
        EXPECT_EQ(received[i].consumer_tag, tag);
        EXPECT_FALSE(received[i].redelivered);
    }
}

TEST_F(Consume, nothing_is_delivered_before_consume_has_returned) {
    client_.send("q", "1");
    Client other(core_);

    other.consume("q");

    EXPECT_EQ(ready_count("q"), 0u);
    EXPECT_EQ(other.take().size(), 1u);
}

TEST_F(Consume, consumers_take_turns) {
    client_.consume("q", {.tag = "a"});
    client_.consume("q", {.tag = "b"});
    client_.consume("q", {.tag = "c"});

    send(6);

    EXPECT_THAT(tags_of(client_.take()), ElementsAre("a", "b", "c", "a", "b", "c"));
}

TEST_F(Consume, a_higher_priority_comes_first_as_long_as_it_can) {
    client_.prefetch(2);
    client_.consume("q", {.tag = "low"});
    client_.consume("q", {.tag = "high", .arguments = wire::Table().set("x-priority", 10)});

    send(3);

    EXPECT_THAT(tags_of(client_.take()), ElementsAre("high", "high", "low"));
}

TEST_F(Consume, a_consumer_that_was_full_lines_up_behind_the_others) {
    client_.prefetch(1);
    client_.consume("q", {.tag = "a"});
    client_.prefetch(0);
    client_.consume("q", {.tag = "b"});
    send(3);
    ASSERT_THAT(tags_of(client_.take()), ElementsAre("a", "b", "b")) << "a was passed over";

    client_.ack(1);
    send(2);

    EXPECT_THAT(tags_of(client_.take()), ElementsAre("b", "a"));
}

TEST_F(Consume, a_full_consumer_that_was_not_passed_over_keeps_its_turn) {
    client_.prefetch(1);
    client_.consume("q", {.tag = "a"});
    client_.prefetch(0);
    client_.consume("q", {.tag = "b"});
    send(2);
    ASSERT_THAT(tags_of(client_.take()), ElementsAre("a", "b"));

    client_.ack(1);
    send(2);

    EXPECT_THAT(tags_of(client_.take()), ElementsAre("a", "b"));
}

TEST_F(Consume, full_ones_come_back_into_their_turn_in_the_order_in_which_they_become_free) {
    client_.prefetch(1);
    for (const char* const tag : {"a", "b", "c"}) client_.consume("q", {.tag = tag});
    send(4);
    ASSERT_THAT(tags_of(client_.take()), ElementsAre("a", "b", "c"));
    client_.channel().get({.queue = "q", .no_ack = true});

    for (const std::uint64_t tag : {3u, 1u, 2u}) client_.ack(tag);
    send(3);

    EXPECT_THAT(tags_of(client_.take()), ElementsAre("c", "a", "b"));
}

TEST_F(Consume,
       consumers_that_one_acknowledgement_frees_come_in_the_order_in_which_they_were_full) {
    client_.prefetch(1);
    for (const char* const tag : {"b", "a"}) client_.consume("q", {.tag = tag});
    send(3);
    ASSERT_THAT(tags_of(client_.take()), ElementsAre("b", "a"));
    client_.channel().get({.queue = "q", .no_ack = true});

    client_.ack(2, true);
    send(2);

    EXPECT_THAT(tags_of(client_.take()), ElementsAre("b", "a"));
}

TEST_F(Consume, a_full_channel_makes_room_for_all_of_its_consumers) {
    client_.declare_queue("r");
    client_.prefetch(1, true);
    client_.consume("q", {.tag = "q"});
    client_.consume("r", {.tag = "r"});
    send(1);
    client_.send("r", "r1");
    ASSERT_THAT(tags_of(client_.take()), ElementsAre("q"));

    client_.ack(1);

    EXPECT_THAT(tags_of(client_.take()), ElementsAre("r"));
}

TEST_F(Consume, a_full_one_of_a_higher_priority_comes_first_again_once_it_is_free) {
    client_.prefetch(1);
    client_.consume("q", {.tag = "low"});
    client_.consume("q", {.tag = "high", .arguments = wire::Table().set("x-priority", 1)});
    send(3);
    ASSERT_THAT(tags_of(client_.take()), ElementsAre("high", "low"));

    client_.ack(2);
    client_.ack(1);

    EXPECT_THAT(tags_of(client_.take()), ElementsAre("high"))
        << "what is free at the same time is told by priority";
}

TEST_F(Consume, a_single_active_consumer_that_was_full_stays_the_first) {
    client_.declare_queue("s", {.arguments = wire::Table().set("x-single-active-consumer", true)});
    client_.prefetch(1);
    for (const char* const tag : {"first", "second", "third"}) client_.consume("s", {.tag = tag});
    client_.send("s", "1");
    client_.send("s", "2");
    ASSERT_THAT(tags_of(client_.take()), ElementsAre("first"));

    client_.ack(1);
    EXPECT_THAT(tags_of(client_.take()), ElementsAre("first"));
    client_.channel().cancel({.consumer_tag = "first"});
    client_.nack(2, true);

    EXPECT_THAT(tags_of(client_.take()), ElementsAre("second"));
}

TEST_F(Consume, the_priority_is_an_integer) {
    expect_refusal(
        precondition_failed,
        "PRECONDITION_FAILED - invalid arg 'x-priority' for queue 'q' in vhost '/': "
        "\"expected integer, got longstr\"",
        [&] { client_.consume("q", {.arguments = wire::Table().set("x-priority", "a")}); });
}

TEST_F(Consume, prefetch_bounds_each_consumer_that_comes_after_it) {
    client_.consume("q", {.tag = "before"});
    client_.prefetch(1);
    client_.consume("q", {.tag = "a"});
    client_.consume("q", {.tag = "b"});

    send(6);

    EXPECT_THAT(tags_of(client_.take()),
                ElementsAre("before", "a", "b", "before", "before", "before"));
}

TEST_F(Consume, settling_makes_room_for_the_next) {
    client_.prefetch(1);
    client_.consume("q");
    send(4);

    EXPECT_THAT(client_.take_bodies(), ElementsAre("1"));
    client_.ack(1);
    EXPECT_THAT(client_.take_bodies(), ElementsAre("2"));
    client_.nack(2, false);
    EXPECT_THAT(client_.take_bodies(), ElementsAre("3"));
    EXPECT_THAT(client_.take_bodies(), IsEmpty());
}

TEST_F(Consume, a_global_prefetch_bounds_the_channel_as_a_whole) {
    client_.declare_queue("r");
    client_.prefetch(2, true);
    client_.consume("q");
    client_.consume("r");
    send(2);
    client_.send("r", "r1");
    client_.send("r", "r2");

    EXPECT_THAT(client_.take_bodies(), ElementsAre("1", "2"));
    client_.ack(1);
    EXPECT_THAT(client_.take_bodies(), ElementsAre("r1"));
    client_.prefetch(0, true);
    EXPECT_THAT(client_.take_bodies(), ElementsAre("r2"));
}

TEST_F(Consume, without_acknowledgements_there_is_no_prefetch) {
    client_.prefetch(1);
    client_.consume("q", {.no_ack = true});

    send(3);

    EXPECT_THAT(client_.take_bodies(), ElementsAre("1", "2", "3"));
    expect_refusal(precondition_failed, "PRECONDITION_FAILED - unknown delivery tag 1",
                   [&] { client_.ack(1); });
}

TEST_F(Consume, a_prefetch_in_bytes_is_not_implemented) {
    expect_refusal(not_implemented, "NOT_IMPLEMENTED - prefetch_size!=0 (10)",
                   [&] { client_.channel().qos({.prefetch_size = 10}); });
}

TEST_F(Consume, a_full_output_holds_back_without_losing) {
    client_.pause_after(2);
    client_.consume("q");
    send(3);

    EXPECT_THAT(client_.take_bodies(), ElementsAre("1", "2"));
    EXPECT_THAT(client_.take_bodies(), IsEmpty());
    client_.connection().resume();
    EXPECT_THAT(client_.take_bodies(), ElementsAre("3"));
}

TEST_F(Consume, other_consumers_get_messages_that_a_full_output_cannot_take) {
    Client slow(core_);
    slow.consume("q");
    slow.connection().pause();
    client_.consume("q");

    send(2);

    EXPECT_THAT(client_.take_bodies(), ElementsAre("1", "2"));
}

TEST_F(Consume, an_exclusive_consumer_is_alone) {
    const std::string refusal = "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use";
    const std::string tag = client_.consume("q");
    expect_refusal(access_refused, refusal, [&] { client_.consume("q", {.exclusive = true}); });
    client_.channel().cancel({.consumer_tag = tag});
    client_.consume("q", {.exclusive = true});

    expect_refusal(access_refused, refusal, [&] { client_.consume("q"); });
}

TEST_F(Consume, a_tag_is_used_once_on_a_channel) {
    client_.consume("q", {.tag = "t"});

    expect_refusal(not_allowed, "NOT_ALLOWED - attempt to reuse consumer tag 't'",
                   [&] { client_.consume("q", {.tag = "t"}); });
    EXPECT_NO_THROW(client_.consume("q", {.tag = "t"}, 2));
}

TEST_F(Consume, after_cancel_nothing_comes_and_deliveries_can_still_be_settled) {
    client_.prefetch(1);
    client_.consume("q", {.tag = "t"});
    send(2);
    ASSERT_THAT(client_.take_bodies(), ElementsAre("1"));

    client_.channel().cancel({.consumer_tag = "t"});
    client_.ack(1);

    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_THAT(client_.cancelled(), IsEmpty()) << "it asked for it";
    EXPECT_EQ(ready_count("q"), 1u);
}

TEST_F(Consume, with_a_single_active_consumer_the_next_takes_over) {
    client_.declare_queue("s", {.arguments = wire::Table().set("x-single-active-consumer", true)});
    Client other(core_);
    client_.consume("s", {.tag = "first"});
    other.consume("s", {.tag = "second"});
    client_.send("s", "1");
    client_.send("s", "2");

    EXPECT_EQ(client_.take().size(), 2u);
    EXPECT_THAT(other.take(), IsEmpty());
    EXPECT_FALSE(core_.list_consumers("/")[1].active);
    client_.close_channel(1);
    const auto taken_over = other.take();
    ASSERT_EQ(taken_over.size(), 2u);
    EXPECT_TRUE(taken_over[0].redelivered);
}

TEST_F(Consume, an_exclusive_consumer_and_a_single_active_one_exclude_each_other) {
    client_.declare_queue("s", {.arguments = wire::Table().set("x-single-active-consumer", true)});

    expect_refusal(access_refused, "ACCESS_REFUSED - queue 's' in vhost '/' in exclusive use",
                   [&] { client_.consume("s", {.exclusive = true}); });
}

TEST_F(Consume, get_takes_messages_that_consumers_leave) {
    client_.prefetch(1);
    client_.consume("q");
    send(3);

    const auto got = client_.get("q");

    ASSERT_TRUE(got);
    EXPECT_EQ(body_of(*got->message), "2");
    EXPECT_EQ(got->delivery_tag, 2u);
    EXPECT_EQ(got->message_count, 1u);
    EXPECT_THAT(client_.take_bodies(), ElementsAre("1"));
}

TEST_F(Consume, get_from_an_empty_queue_gives_nothing) { EXPECT_FALSE(client_.get("q")); }

TEST_F(Consume, an_operator_can_cancel_consumers) {
    client_.consume("q", {.tag = "t"});

    core_.cancel_consumers("/", "q");
    send(1);

    EXPECT_THAT(client_.cancelled(), ElementsAre("t"));
    EXPECT_THAT(client_.take(), IsEmpty());
    EXPECT_NO_THROW(client_.consume("q", {.tag = "t"})) << "the tag is free again";
}

TEST_F(Consume, messages_of_a_priority_queue_come_by_priority) {
    client_.declare_queue("p", {.arguments = wire::Table().set("x-max-priority", 5)});
    client_.send("p", "none");
    client_.send("p", "one", {.priority = std::uint8_t{1}});
    client_.send("p", "five", {.priority = std::uint8_t{5}});
    client_.send("p", "nine", {.priority = std::uint8_t{9}});

    EXPECT_THAT(client_.drain("p"), ElementsAre("five", "nine", "one", "none"));
}

}  // namespace
}  // namespace eventail::broker
