// A service's declarations, as recorded from the Python original.
#include "bus/topology.hpp"

#include <eventail/error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace eventail::bus {
namespace {

using Keys = std::vector<std::string>;

Subscription probe() {
    return {.logical_service = "probe",
            .event_keys = {"ProbeHappened"},
            .command_keys = {"probe.DoIt", "probe.Result"},
            .config_keys = {"ProbeConfigured"}};
}

void expect_refused(const Subscription& subscription, std::string_view reason) {
    try {
        plan_topology(subscription);
        ADD_FAILURE() << "accepted, though it should say: " << reason;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::invalid_argument);
        EXPECT_NE(std::string_view(error.what()).find(reason), std::string_view::npos)
            << error.what();
    }
}

TEST(Topology, every_service_declares_all_four_exchanges) {
    const Topology topology = plan_topology({.logical_service = "pong"});

    const auto& names = topology.exchanges;
    EXPECT_EQ(Keys(names.begin(), names.end()),
              (Keys{"events", "commands", "configurations", "logs"}));
}

TEST(Topology, queues_are_those_of_the_python_original) {
    const Topology topology = plan_topology(probe());

    ASSERT_EQ(topology.queues.size(), 3U);
    const QueuePlan& events = topology.queues[0];
    EXPECT_EQ(events.source, Source::events);
    EXPECT_EQ(events.name, "probe.events");
    EXPECT_TRUE(events.is_durable);
    EXPECT_FALSE(events.is_exclusive);
    EXPECT_EQ(events.exchange, "events");
    EXPECT_EQ(events.routing_keys, Keys{"ProbeHappened"});
    const QueuePlan& commands = topology.queues[1];
    EXPECT_EQ(commands.source, Source::commands);
    EXPECT_EQ(commands.name, "probe.commands");
    EXPECT_TRUE(commands.is_durable);
    EXPECT_FALSE(commands.is_exclusive);
    EXPECT_EQ(commands.exchange, "commands");
    EXPECT_EQ(commands.routing_keys, (Keys{"probe.DoIt", "probe.Result"}));
    const QueuePlan& configurations = topology.queues[2];
    EXPECT_EQ(configurations.source, Source::configurations);
    EXPECT_EQ(configurations.name, "");
    EXPECT_FALSE(configurations.is_durable);
    EXPECT_TRUE(configurations.is_exclusive);
    EXPECT_EQ(configurations.exchange, "configurations");
    EXPECT_EQ(configurations.routing_keys, Keys{"ProbeConfigured"});
}

TEST(Topology, a_queue_without_keys_is_not_declared) {
    const Topology topology =
        plan_topology({.logical_service = "pong", .command_keys = {"pong.Do"}});

    ASSERT_EQ(topology.queues.size(), 1U);
    EXPECT_EQ(topology.queues[0].source, Source::commands);
}

TEST(Topology, exclusive_queues_are_named_by_the_broker_and_end_with_the_instance) {
    Subscription subscription = probe();
    subscription.exclusive = true;

    const Topology topology = plan_topology(subscription);

    ASSERT_EQ(topology.queues.size(), 3U);
    for (const QueuePlan& queue : topology.queues) {
        EXPECT_EQ(queue.name, "");
        EXPECT_FALSE(queue.is_durable);
        EXPECT_TRUE(queue.is_exclusive);
    }
    EXPECT_EQ(topology.queues[0].exchange, "events");
    EXPECT_EQ(topology.queues[1].exchange, "commands");
}

TEST(Topology, a_key_given_twice_is_bound_once_in_its_first_place) {
    const Topology topology =
        plan_topology({.logical_service = "pong", .event_keys = {"b.#", "a", "b.#", "a", "c"}});

    EXPECT_EQ(topology.queues.at(0).routing_keys, (Keys{"b.#", "a", "c"}));
}

TEST(Topology, odd_service_names_are_allowed) {
    const Topology topology =
        plan_topology({.logical_service = "größe 1/*", .event_keys = {"Happened"}});

    EXPECT_EQ(topology.queues.at(0).name, "größe 1/*.events");
}

TEST(Topology, what_the_broker_could_never_take_is_refused) {
    expect_refused({}, "logical_service must not be empty");
    expect_refused({.logical_service = "pong", .config_keys = {std::string(256, 'k')}},
                   "routing key");
    expect_refused({.logical_service = std::string(247, 's'), .command_keys = {"k"}},
                   "logical service");
    EXPECT_NO_THROW(plan_topology(
        {.logical_service = std::string(246, 's'), .command_keys = {std::string(255, 'k')}}));
}

}  // namespace
}  // namespace eventail::bus
