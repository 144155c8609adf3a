// What a deletion leaves behind goes in small steps, and nobody sees it meanwhile.
#include "unit/broker/core/core_fixture.hpp"

namespace eventail::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int many = 5'000;

class ChoresTest : public BrokerTest {
protected:
    void bind_many(std::string_view queue, std::string_view exchange) {
        for (int i = 0; i < many; ++i) client_.bind(queue, exchange, "k" + std::to_string(i));
    }
    void remove_queue(std::string_view queue) {
        client_.channel().remove(wire::QueueDelete{.queue = queue});
    }
    void remove_exchange(std::string_view exchange, bool if_unused = false) {
        client_.channel().remove(
            wire::ExchangeDelete{.exchange = exchange, .if_unused = if_unused});
    }
    /// How many slices it took.
    int finish() {
        int slices = 0;
        for (; core_.has_pending_work(); ++slices) {
            EXPECT_EQ(core_.next_deadline(), now_);
            core_.dispatch();
            EXPECT_TRUE(core_.is_consistent());
        }
        return slices;
    }

    std::size_t held_at_first_ = core_.held_bytes();
};

TEST_F(ChoresTest, bindings_of_a_deleted_queue_go_in_slices_and_give_their_memory_back) {
    client_.declare_queue("q");
    bind_many("q", "amq.direct");

    remove_queue("q");

    EXPECT_THAT(core_.list_bindings("/"), IsEmpty());
    EXPECT_EQ(client_.publish("amq.direct", "k4999", "x"), Fate::unroutable);
    EXPECT_GT(core_.held_bytes(), held_at_first_);
    EXPECT_GE(finish(), 4);
    EXPECT_EQ(core_.held_bytes(), held_at_first_);
}

TEST_F(ChoresTest, a_queue_of_the_same_name_has_bindings_of_its_own_at_once) {
    client_.declare_queue("q");
    bind_many("q", "amq.direct");
    remove_queue("q");
    client_.declare_queue("q");

    client_.bind("q", "amq.direct", "k0");
    client_.bind("q", "amq.direct", "k4999");
    client_.channel().unbind(
        wire::QueueUnbind{.queue = "q", .exchange = "amq.direct", .routing_key = "k1"});

    EXPECT_EQ(core_.list_bindings("/").size(), 2u);
    EXPECT_EQ(client_.publish("amq.direct", "k4999", "1"), Fate::routed);
    finish();
    EXPECT_EQ(core_.list_bindings("/").size(), 2u);
    EXPECT_EQ(client_.publish("amq.direct", "k0", "2"), Fate::routed);
    EXPECT_EQ(client_.publish("amq.direct", "k1", "3"), Fate::unroutable);
    EXPECT_THAT(client_.drain("q"), ElementsAre("1", "2"));
}

TEST_F(ChoresTest, an_exchange_is_unused_although_bindings_that_lead_nowhere_are_left) {
    client_.declare_exchange("x", "direct");
    client_.declare_queue("q");
    bind_many("q", "x");
    expect_refusal(wire::ReplyCode::precondition_failed,
                   "PRECONDITION_FAILED - exchange 'x' in vhost '/' in use",
                   [this] { remove_exchange("x", true); });
    remove_queue("q");

    remove_exchange("x", true);

    EXPECT_FALSE(has_exchange("x"));
    finish();
    EXPECT_EQ(core_.held_bytes(), held_at_first_);
}

TEST_F(ChoresTest, an_auto_delete_exchange_goes_with_the_last_of_many_bindings) {
    client_.declare_exchange("x", "direct", {.auto_delete = true});
    client_.declare_queue("q");
    bind_many("q", "x");

    remove_queue("q");
    finish();

    EXPECT_FALSE(has_exchange("x"));
}

TEST_F(ChoresTest, a_deleted_exchange_leaves_its_queues_without_bindings) {
    client_.declare_exchange("x", "direct");
    client_.declare_queue("q");
    bind_many("q", "x");

    remove_exchange("x");
    client_.declare_exchange("x", "direct");
    client_.bind("q", "x", "k4000");

    EXPECT_EQ(core_.list_bindings("/").size(), 1u);
    EXPECT_EQ(client_.publish("x", "k4001", "1"), Fate::unroutable);
    EXPECT_EQ(client_.publish("x", "k4000", "2"), Fate::routed);
    EXPECT_GE(finish(), 4);
    EXPECT_EQ(client_.publish("x", "k4000", "3"), Fate::routed);
}

TEST_F(ChoresTest, an_exchange_and_its_queue_can_go_at_the_same_time) {
    client_.declare_exchange("x", "direct");
    client_.declare_queue("q");
    bind_many("q", "x");

    remove_exchange("x");
    remove_queue("q");
    finish();

    EXPECT_EQ(core_.held_bytes(), held_at_first_);
}

TEST_F(ChoresTest, small_deletions_do_not_wait_for_large_ones) {
    client_.declare_queue("large");
    bind_many("large", "amq.direct");
    client_.declare_exchange("x", "direct", {.auto_delete = true});
    client_.declare_queue("small");
    client_.bind("small", "x", "k");
    remove_queue("large");

    remove_queue("small");

    EXPECT_FALSE(has_exchange("x"));
    EXPECT_TRUE(core_.has_pending_work());
}

TEST_F(ChoresTest, the_consumers_of_a_deleted_queue_are_cancelled_in_slices) {
    client_.declare_queue("q");
    for (int i = 0; i < many; ++i) client_.consume("q", {.tag = std::to_string(i)});
    finish();

    remove_queue("q");
    const std::size_t at_once = client_.cancelled().size();
    client_.channel().cancel({.consumer_tag = "4999"});
    client_.declare_queue("q");
    client_.consume("q", {.tag = "4999"});
    client_.send("q", "x");

    EXPECT_LT(at_once, 2'000u);
    EXPECT_THAT(client_.take_bodies(), ElementsAre("x"));
    EXPECT_GE(finish(), 4);
    EXPECT_EQ(client_.cancelled().size(), many - 1u);
}

TEST_F(ChoresTest, a_channel_can_close_while_its_consumers_are_being_cancelled) {
    client_.declare_queue("q");
    for (int i = 0; i < many; ++i) client_.consume("q", {.tag = std::to_string(i)});
    finish();
    remove_queue("q");

    client_.close_channel(1);
    finish();

    EXPECT_LT(client_.cancelled().size(), 2'000u);
}

TEST_F(ChoresTest, messages_of_a_purged_and_of_a_deleted_queue_go_in_slices) {
    client_.declare_queue("q");
    const std::size_t held_with_queue = core_.held_bytes();
    for (int i = 0; i < many; ++i) client_.send("q", "x");

    EXPECT_EQ(client_.channel().purge(wire::QueuePurge{.queue = "q"}), 5'000u);
    EXPECT_EQ(ready_count("q"), 0u);
    EXPECT_GE(finish(), 4);
    EXPECT_EQ(core_.held_bytes(), held_with_queue);
    for (int i = 0; i < many; ++i) client_.send("q", "x");
    EXPECT_EQ(client_.channel().remove(wire::QueueDelete{.queue = "q"}), 5'000u);
    EXPECT_GE(finish(), 4);
    EXPECT_EQ(core_.held_bytes(), held_at_first_);
}

TEST_F(ChoresTest, what_a_closed_channel_had_not_settled_is_requeued_in_slices) {
    Client other(core_);
    client_.declare_queue("q");
    for (int i = 0; i < many; ++i) client_.send("q", std::to_string(i));
    client_.consume("q");
    finish();

    client_.close_channel(1);

    EXPECT_GE(finish(), 4);
    EXPECT_EQ(ready_count("q"), 5'000u);
    EXPECT_EQ(body_of(*other.get("q")->message), "0");
}

TEST_F(ChoresTest, what_a_rollback_by_closing_drops_goes_in_slices) {
    client_.declare_queue("q");
    const std::size_t held_with_queue = core_.held_bytes();
    client_.channel().select_transaction(false);
    for (int i = 0; i < many; ++i) client_.send("q", "x");

    client_.close_channel(1);

    EXPECT_GE(finish(), 4);
    EXPECT_EQ(core_.held_bytes(), held_with_queue);
}

TEST_F(ChoresTest, exclusive_queues_of_a_lost_connection_go_in_slices_and_are_locked_until_then) {
    Client next(core_);
    Client last(core_);
    Client other(core_);
    for (int i = 0; i < many; ++i) {
        other.declare_queue("mine" + std::to_string(i), {.exclusive = true});
    }

    other.disconnect();
    const auto left = core_.list_queues("/");
    ASSERT_FALSE(left.empty());
    EXPECT_THROW(next.declare_queue(left[0].name, {.exclusive = true}), wire::ProtocolError);
    EXPECT_THROW(last.declare_queue(left[0].name), wire::ProtocolError);

    EXPECT_GE(finish(), 4);
    EXPECT_THAT(core_.list_queues("/"), IsEmpty());
    EXPECT_EQ(core_.held_bytes(), held_at_first_);
}

TEST_F(ChoresTest, a_restart_waits_for_what_is_left) {
    client_.declare_queue("q", {.durable = true});
    bind_many("q", "amq.direct");
    remove_queue("q");
    client_.disconnect();

    core_.restart();

    EXPECT_FALSE(core_.has_pending_work());
}

}  // namespace
}  // namespace eventail::broker
