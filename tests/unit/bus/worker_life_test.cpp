// From connecting to consuming, and again after a loss. (protocol.md, "Life of a service")
#include "support/fake_broker.hpp"

#include <gmock/gmock.h>

#include <variant>

namespace eventail::bus {
namespace {

using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const ServiceSetup configurable{.config_keys = {"Limits"}};

TEST(WorkerLife, a_service_without_configurations_is_ready_at_once) {
    FakeBroker broker;
    broker.begins_run();

    broker.accepts_connection(LinkId::consuming);

    const auto job = broker.begins_job();
    ASSERT_TRUE(job);
    EXPECT_TRUE(std::holds_alternative<Ready>(job->work));
    EXPECT_EQ(broker.begins_job(), nullptr);
}

TEST(WorkerLife, a_service_with_configurations_is_unconfigured_first_and_consumes_only_those) {
    FakeBroker broker(configurable);
    broker.begins_run();

    broker.accepts_connection(LinkId::consuming);

    const auto job = broker.begins_job();
    ASSERT_TRUE(job);
    EXPECT_TRUE(std::holds_alternative<Unconfigured>(job->work));
    EXPECT_FALSE(broker.worker.is_consuming());
    EXPECT_THAT(broker.consuming.methods, Contains(HasSubstr("consumer_tag=configurations")));
    EXPECT_THAT(broker.consuming.methods,
                Not(Contains(HasSubstr("basic.consume queue=pong.events"))));
}

TEST(WorkerLife, it_stays_unconfigured_until_a_handler_of_configurations_says_otherwise) {
    FakeBroker broker(configurable);
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.runs_job();

    broker.delivers(configuration());
    broker.runs_job({.is_configured = false});
    EXPECT_FALSE(broker.worker.is_consuming());
    broker.delivers(configuration());
    broker.runs_job({.is_configured = true});

    EXPECT_TRUE(broker.worker.is_consuming());
    const auto job = broker.begins_job();
    ASSERT_TRUE(job);
    EXPECT_TRUE(std::holds_alternative<Ready>(job->work));
}

TEST(WorkerLife, a_failed_handler_of_configurations_configures_nothing) {
    FakeBroker broker(configurable);
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.runs_job();

    broker.delivers(configuration());
    broker.runs_job({.end = End::failed, .is_configured = true});

    EXPECT_FALSE(broker.worker.is_consuming());
}

TEST(WorkerLife, later_answers_of_a_handler_of_configurations_change_nothing) {
    FakeBroker broker(configurable);
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.runs_job();
    broker.delivers(configuration());
    broker.runs_job({.is_configured = true});
    broker.runs_job();

    broker.delivers(configuration());
    broker.runs_job({.is_configured = false});
    broker.delivers(configuration());
    broker.runs_job({.is_configured = true});

    EXPECT_TRUE(broker.worker.is_consuming());
    EXPECT_FALSE(broker.worker.has_job());
}

TEST(WorkerLife, a_configuration_is_acknowledged_automatically) {
    FakeBroker broker(configurable);
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.runs_job();

    broker.delivers(configuration());
    broker.runs_job();

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 1}));
}

TEST(WorkerLife, events_reach_handlers_only_after_on_ready_has_ended) {
    FakeBroker broker;
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    const auto ready = broker.begins_job();

    broker.delivers(event());
    EXPECT_EQ(broker.begins_job(), nullptr);
    broker.ends_job(*ready);

    const auto job = broker.begins_job();
    ASSERT_TRUE(job);
    EXPECT_TRUE(std::holds_alternative<Event>(job->work));
}

TEST(WorkerLife, the_queue_decides_what_a_message_is_not_its_exchange) {
    FakeBroker broker;
    broker.is_consuming();

    broker.delivers(command());

    const auto job = broker.begins_job();
    ASSERT_TRUE(job);
    EXPECT_TRUE(std::holds_alternative<Command>(job->work));
}

TEST(WorkerLife, all_starts_again_with_a_new_connection) {
    FakeBroker broker(configurable);
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.runs_job();
    broker.delivers(configuration());
    broker.runs_job({.is_configured = true});
    broker.runs_job();

    broker.loses(LinkId::consuming);
    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);

    const auto first = broker.begins_job();
    ASSERT_TRUE(first);
    EXPECT_TRUE(std::holds_alternative<Unconfigured>(first->work));
    broker.ends_job(*first);
    broker.delivers(configuration());
    broker.runs_job({.is_configured = true});
    const auto second = broker.begins_job();
    ASSERT_TRUE(second);
    EXPECT_TRUE(std::holds_alternative<Ready>(second->work));
}

TEST(WorkerLife, a_handler_of_a_lost_channel_does_not_configure_the_next_one) {
    FakeBroker broker(configurable);
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.runs_job();
    broker.delivers(configuration());
    const auto old = broker.begins_job();

    broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed);
    broker.ends_job(*old, {.is_configured = true});

    EXPECT_FALSE(broker.worker.is_consuming());
    const auto job = broker.begins_job();
    ASSERT_TRUE(job);
    EXPECT_TRUE(std::holds_alternative<Unconfigured>(job->work));
}

TEST(WorkerLife, an_on_ready_of_a_lost_channel_does_not_let_events_in) {
    FakeBroker broker;
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    const auto old = broker.begins_job();

    broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed);
    broker.ends_job(*old);
    broker.delivers(event());

    const auto again = broker.begins_job();
    ASSERT_TRUE(again);
    EXPECT_TRUE(std::holds_alternative<Ready>(again->work));
    EXPECT_EQ(broker.begins_job(), nullptr);
}

TEST(WorkerLife, a_lost_publishing_connection_is_repaired_without_on_ready) {
    FakeBroker broker;
    broker.is_consuming();

    broker.loses(LinkId::publishing);
    EXPECT_TRUE(broker.worker.is_consuming());
    broker.passes(1s);
    broker.accepts_connection(LinkId::publishing);

    EXPECT_TRUE(broker.worker.publisher().is_ready());
    EXPECT_FALSE(broker.worker.has_job());
}

TEST(WorkerLife, publishing_connections_lost_in_a_row_are_repaired_with_growing_pauses) {
    FakeBroker broker;
    broker.is_consuming();
    broker.loses(LinkId::publishing);
    broker.passes(1s);

    for (const auto shortest : {100ms, 200ms, 400ms, 800ms}) {
        ASSERT_TRUE(broker.refuses_connection(LinkId::publishing));
        broker.passes(shortest - 1ms);
        ASSERT_EQ(broker.refuses_connection(LinkId::publishing), std::nullopt);
        broker.passes(shortest + 1ms);
    }
}

TEST(WorkerLife, urls_are_tried_in_turn_at_each_run) {
    FakeBroker broker({.urls = 2});

    broker.begins_run();
    EXPECT_EQ(broker.refuses_connection(LinkId::consuming), 0u);
    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
    broker.begins_run();
    EXPECT_EQ(broker.refuses_connection(LinkId::consuming), 1u);
    broker.begins_run();

    EXPECT_EQ(broker.accepts_connection(LinkId::consuming), 0u);
}

TEST(WorkerLife, a_lost_connection_is_one_warning_that_names_the_url) {
    FakeBroker broker;
    broker.is_consuming();
    broker.takes_notices();

    broker.closes_connection(LinkId::consuming, wire::ReplyCode::connection_forced,
                             "closed by an operator");

    EXPECT_THAT(broker.takes_notices(),
                ElementsAre("WARNING consuming connection lost: amqp://broker-0: "
                            "closed by an operator"));
    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
}

TEST(WorkerLife, what_keeps_both_connections_from_being_made_is_said_once) {
    FakeBroker broker;
    broker.begins_run();

    broker.refuses_connection(LinkId::publishing);
    broker.refuses_connection(LinkId::consuming);

    EXPECT_THAT(broker.takes_notices(),
                ElementsAre("WARNING publishing connection not made: connection refused"));
}

TEST(WorkerLife, a_publishing_connection_that_is_lost_again_is_said_again) {
    FakeBroker broker;
    broker.is_consuming();
    broker.takes_notices();

    for (int i = 0; i < 2; ++i) {
        broker.passes(10s);
        broker.takes_notices();
        broker.loses(LinkId::publishing);
        EXPECT_THAT(
            broker.takes_notices(),
            ElementsAre("WARNING publishing connection lost: amqp://broker-0: connection reset"));
        for (int tries = 0; tries < 100 && !broker.is_connected(LinkId::publishing); ++tries) {
            broker.passes(100ms);
            broker.accepts_connection(LinkId::publishing);
        }
    }
}

TEST(WorkerLife, a_service_that_waits_for_its_configuration_says_so) {
    FakeBroker broker({.config_keys = {"Limits"}});
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.takes_notices();

    broker.begins_job();

    EXPECT_THAT(broker.takes_notices(),
                ElementsAre("INFO waits for its configuration before it consumes anything else"));
}

TEST(WorkerLife, connections_that_are_made_are_one_line_and_so_is_their_return) {
    FakeBroker broker;

    broker.is_consuming();
    EXPECT_THAT(broker.takes_notices(), ElementsAre("INFO connected to amqp://broker-0"));

    broker.passes(10s);
    broker.loses(LinkId::consuming);
    broker.passes(2s);
    broker.begins_run();
    broker.refuses_connection(LinkId::consuming);
    broker.refuses_connection(LinkId::publishing);
    broker.passes(2s);
    broker.begins_run();
    broker.accepts_connection(LinkId::publishing);
    broker.accepts_connection(LinkId::consuming);
    EXPECT_THAT(broker.takes_notices(),
                ElementsAre("WARNING consuming connection lost: amqp://broker-0: connection reset",
                            "INFO connected again to amqp://broker-0 after 4.0 s, 2 attempts"));
}

TEST(WorkerLife, a_connection_that_never_was_usable_is_not_called_lost) {
    FakeBroker broker;
    broker.begins_run();
    broker.lets_connect(LinkId::consuming);
    broker.consuming.instead = [](std::uint16_t, const wire::Method&) { return true; };
    broker.accepts_connection(LinkId::consuming);

    broker.loses(LinkId::consuming);

    EXPECT_THAT(broker.takes_notices(),
                ElementsAre(HasSubstr("WARNING consuming connection not made: ")));
}

TEST(WorkerLife, a_run_publishes_where_it_consumes) {
    FakeBroker broker({.urls = 2});
    broker.begins_run();
    EXPECT_EQ(broker.accepts_connection(LinkId::publishing), 0u);
    EXPECT_EQ(broker.refuses_connection(LinkId::consuming), 0u);
    broker.finishes();

    broker.begins_run();

    EXPECT_EQ(broker.accepts_connection(LinkId::consuming), 1u);
    EXPECT_EQ(broker.accepts_connection(LinkId::publishing), 1u);
}

TEST(WorkerLife, an_address_where_the_handshake_stalls_is_said_to_be_of_no_use) {
    FakeBroker broker;
    broker.begins_run();
    broker.consuming.instead = [](std::uint16_t, const wire::Method&) { return true; };
    broker.accepts_connection(LinkId::consuming);

    broker.passes(10s);

    EXPECT_FALSE(broker.is_connected(LinkId::consuming));
    EXPECT_TRUE(broker.was_of_no_use(LinkId::consuming));
}

TEST(WorkerLife, an_address_that_is_left_politely_is_not_said_to_be_of_no_use) {
    FakeBroker broker;
    broker.is_consuming();

    broker.stops();

    EXPECT_FALSE(broker.is_connected(LinkId::consuming));
    EXPECT_FALSE(broker.was_of_no_use(LinkId::consuming));
    EXPECT_FALSE(broker.was_of_no_use(LinkId::publishing));
}

}  // namespace
}  // namespace eventail::bus
