// The core as a whole: its contents, after a restart, and seen by tools.
#include "unit/broker/core/core_fixture.hpp"

#include <stdexcept>

namespace eventail::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint8_t transient = 1;
constexpr std::uint8_t persistent = 2;

class CoreTest : public BrokerTest {
protected:
    std::vector<std::string> queues() const {
        std::vector<std::string> names;
        for (const QueueListing& queue : core_.list_queues("/")) names.push_back(queue.name);
        return names;
    }
    void restart() {
        client_.disconnect();
        core_.restart();
    }
};

TEST_F(CoreTest, a_restart_keeps_durable_queues_with_their_persistent_messages) {
    client_.declare_queue("durable", {.durable = true});
    client_.declare_queue("transient");
    client_.send("durable", "kept", {.delivery_mode = persistent});
    client_.send("durable", "lost", {.delivery_mode = transient});
    client_.send("durable", "unsettled", {.delivery_mode = persistent});
    client_.get("durable");

    restart();

    EXPECT_THAT(queues(), ElementsAre("durable"));
    Client after(core_);
    const auto first = after.get("durable", true);
    ASSERT_TRUE(first);
    EXPECT_EQ(body_of(*first->message), "kept");
    EXPECT_TRUE(first->redelivered);
    EXPECT_THAT(after.drain("durable"), ElementsAre("unsettled"));
}

TEST_F(CoreTest, there_are_two_delivery_modes) {
    client_.declare_queue("q");

    for (const auto mode : {std::uint8_t{0}, std::uint8_t{7}}) {
        expect_refusal(wire::ReplyCode::precondition_failed,
                       "PRECONDITION_FAILED - invalid message: {delivery_mode_unknown," +
                           std::to_string(mode) + "}",
                       [&] { client_.send("q", "1", {.delivery_mode = mode}); });
    }
    EXPECT_EQ(client_.send("q", "1"), Fate::routed);
}

TEST_F(CoreTest, a_restart_keeps_durable_exchanges_bindings_and_policies) {
    client_.declare_exchange("durable", "topic", {.durable = true});
    client_.declare_exchange("transient", "topic");
    client_.declare_queue("q", {.durable = true});
    client_.bind("q", "durable", "k");
    client_.bind("q", "transient", "k");
    core_.set_policy("/", {.name = "p", .pattern = "q"});

    restart();

    EXPECT_TRUE(has_exchange("durable"));
    EXPECT_FALSE(has_exchange("transient"));
    EXPECT_EQ(core_.list_bindings("/").size(), 1u);
    EXPECT_EQ(core_.list_queues("/").front().policy, "p");
    EXPECT_EQ(Client(core_).publish("durable", "k", "1"), Fate::routed);
}

TEST_F(CoreTest, a_restart_waits_for_nobody) { EXPECT_THROW(core_.restart(), std::logic_error); }

TEST_F(CoreTest, a_message_in_many_queues_is_held_once) {
    for (int i = 0; i < 10; ++i) {
        const std::string name = "q" + std::to_string(i);
        client_.declare_queue(name);
        client_.bind(name, "amq.fanout", "");
    }
    const std::size_t before = core_.held_bytes();

    client_.publish("amq.fanout", "", std::string(100'000, 'x'));

    EXPECT_GT(core_.held_bytes() - before, 100'000u);
    EXPECT_LT(core_.held_bytes() - before, 110'000u);
    EXPECT_EQ(client_.get("q0")->message.get(), client_.get("q9")->message.get());
}

TEST_F(CoreTest, memory_is_given_back) {
    const std::size_t before = core_.held_bytes();
    client_.declare_exchange("x", "topic");
    client_.declare_queue("q");
    client_.bind("q", "x", "k");
    client_.publish("x", "k", "1");
    client_.consume("q");
    client_.take();
    EXPECT_GT(core_.held_bytes(), before);

    client_.close_channel(1);
    client_.channel().remove(wire::QueueDelete{.queue = "q"});
    client_.channel().remove(wire::ExchangeDelete{.exchange = "x"});

    EXPECT_EQ(core_.held_bytes(), before);
}

TEST_F(CoreTest, beyond_the_memory_limit_the_alarm_is_on) {
    Core small(now_, {.memory_limit_bytes = 100'000});
    Client client(small);
    client.declare_queue("q");
    EXPECT_FALSE(small.is_alarmed());

    client.send("q", std::string(100'000, 'x'));
    EXPECT_TRUE(small.is_alarmed());
    client.get("q", true);
    EXPECT_FALSE(small.is_alarmed());
}

TEST_F(CoreTest, far_beyond_it_nothing_new_is_declared) {
    Core small(now_, {.memory_limit_bytes = 100'000});
    Client client(small);
    client.declare_queue("q");
    client.send("q", std::string(200'000, 'x'));
    constexpr std::string_view refusal = "RESOURCE_ERROR - the broker has reached its memory limit";

    using enum wire::ReplyCode;
    expect_refusal(resource_error, refusal, [&] { client.declare_queue("r"); });
    expect_refusal(resource_error, refusal, [&] { client.declare_exchange("x", "topic"); });
    expect_refusal(resource_error, refusal, [&] { client.bind("q", "amq.topic", "k"); });
    expect_refusal(resource_error, refusal, [&] { client.consume("q"); });
    EXPECT_NO_THROW(client.get("q", true));
    EXPECT_NO_THROW(client.declare_queue("r"));
}

TEST_F(CoreTest, an_alarm_is_raised_and_cleared_by_hand) {
    core_.raise_alarm();
    EXPECT_TRUE(core_.is_alarmed());
    core_.clear_alarm();
    EXPECT_FALSE(core_.is_alarmed());
}

TEST_F(CoreTest, tools_see_queues_bindings_consumers_and_messages) {
    client_.declare_queue("q", {.durable = true});
    client_.bind("q", "amq.topic", "k.#");
    client_.send("q", "1");
    client_.send("q", "2");
    client_.prefetch(1);
    client_.consume("q", {.tag = "t"});
    core_.dispatch();

    const auto listed = core_.list_queues("/");
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0].ready_count, 1u);
    EXPECT_EQ(listed[0].unsettled_count, 1u);
    EXPECT_EQ(listed[0].consumer_count, 1u);
    EXPECT_TRUE(listed[0].durable);
    const auto bindings = core_.list_bindings("/");
    ASSERT_EQ(bindings.size(), 1u);
    EXPECT_EQ(bindings[0].source + " " + bindings[0].routing_key + " " + bindings[0].destination,
              "amq.topic k.# q");
    const auto consumers = core_.list_consumers("/");
    ASSERT_EQ(consumers.size(), 1u);
    EXPECT_EQ(consumers[0].consumer_tag, "t");
    EXPECT_EQ(consumers[0].prefetch_count, 1u);
    const auto messages = core_.peek("/", "q", 10);
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(body_of(*messages[0]), "2");
    EXPECT_EQ(core_.purge("/", "q"), 1u);
    EXPECT_THROW(core_.purge("/", "nope"), std::out_of_range);
}

TEST_F(CoreTest, an_operator_deletes_a_queue_and_consumers_are_told) {
    client_.declare_queue("q");
    client_.consume("q", {.tag = "t"});

    core_.delete_queue("/", "q");

    EXPECT_THAT(client_.cancelled(), ElementsAre("t"));
    EXPECT_THAT(queues(), IsEmpty());
}

TEST_F(CoreTest, a_channel_is_opened_once) {
    expect_refusal(wire::ReplyCode::channel_error, "CHANNEL_ERROR - second 'channel.open' seen",
                   [&] { client_.connection().open_channel(1); });
    client_.connection().close_channel(1);
    EXPECT_NO_THROW(client_.connection().open_channel(1));
}

}  // namespace
}  // namespace eventail::broker
