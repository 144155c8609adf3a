// Several calls of user code at once: which may overlap, and the fate of calls that are handed out
// but not begun. (docs/decisions/0006-what-handler-threads-overlap.md)
#include "support/fake_broker.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <variant>

namespace eventail::bus {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Settlement gives_back(std::uint64_t tag) {
    return {.delivery_tag = tag, .verb = Settlement::Verb::nack, .requeue = true};
}

class WorkerWithSeveral : public testing::Test {
protected:
    const Job& begins() {
        const Job* const job = broker.begins_job();
        if (job == nullptr) throw std::runtime_error("there is no job");
        return *job;
    }
    bool may_begin_another() { return broker.worker.has_job(); }

    FakeBroker broker{{.config_keys = {"Limits"}}};
};

/// Configured, and consuming.
class ConfiguredWorker : public WorkerWithSeveral {
protected:
    ConfiguredWorker() {
        broker.begins_run();
        broker.accepts_connection(LinkId::publishing);
        broker.accepts_connection(LinkId::consuming);
        broker.runs_job();
        broker.delivers(configuration());
        broker.runs_job({.is_configured = true});
        broker.runs_job();
        broker.takes_settlements();
    }
};

TEST_F(ConfiguredWorker, begins_deliveries_in_their_order_and_ends_them_in_any) {
    broker.delivers(event());
    broker.delivers(command());
    broker.delivers(event());

    const Job& first = begins();
    const Job& second = begins();
    const Job& third = begins();
    broker.ends_job(third);
    broker.ends_job(first);

    EXPECT_TRUE(std::holds_alternative<Event>(first.work));
    EXPECT_TRUE(std::holds_alternative<Command>(second.work));
    EXPECT_THAT(broker.takes_settlements(),
                ElementsAre(Settlement{.delivery_tag = 4}, Settlement{.delivery_tag = 2}));
}

TEST_F(ConfiguredWorker, runs_a_handler_of_configurations_alone) {
    broker.delivers(event());
    broker.delivers(configuration());
    broker.delivers(event());

    const Job& running = begins();
    EXPECT_FALSE(may_begin_another());
    broker.ends_job(running);
    const Job& alone = begins();
    EXPECT_TRUE(std::holds_alternative<Configuration>(alone.work));
    EXPECT_FALSE(may_begin_another());
    EXPECT_FALSE(broker.worker.may_begin_function());
    broker.ends_job(alone);

    EXPECT_TRUE(may_begin_another());
    EXPECT_TRUE(broker.worker.may_begin_function());
}

TEST_F(ConfiguredWorker, begins_no_function_while_one_that_runs_alone_waits_for_quiet) {
    broker.delivers(event());
    const Job& running = begins();
    EXPECT_TRUE(broker.worker.may_begin_function());

    broker.delivers(configuration());

    EXPECT_FALSE(broker.worker.may_begin_function());
    broker.ends_job(running);
    EXPECT_TRUE(broker.worker.may_begin_function());
}

TEST_F(ConfiguredWorker, lets_functions_run_beside_handlers_but_not_beside_what_is_alone) {
    const ChannelLife life = broker.worker.function_began();
    broker.delivers(event());
    EXPECT_TRUE(may_begin_another());
    broker.runs_job();

    broker.delivers(configuration());

    EXPECT_FALSE(may_begin_another());
    broker.worker.function_ended(life, broker.now);
    EXPECT_TRUE(may_begin_another());
}

TEST_F(ConfiguredWorker, gives_back_what_has_not_begun_when_it_stops) {
    broker.delivers(event());
    broker.delivers(event());
    const Job& running = begins();
    const Job& waiting = begins();
    broker.worker.take_forgetting();

    broker.stops();
    EXPECT_TRUE(broker.worker.take_forgetting());
    EXPECT_FALSE(broker.worker.take_forgetting());
    broker.ends_job(waiting, {.end = End::give_back});
    broker.ends_job(running);

    EXPECT_THAT(broker.takes_settlements(),
                ElementsAre(gives_back(3), Settlement{.delivery_tag = 2}));
}

TEST_F(ConfiguredWorker, forgets_what_has_not_begun_when_its_channel_is_lost) {
    broker.delivers(event());
    const Job& waiting = begins();
    broker.worker.take_forgetting();

    broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed);
    EXPECT_TRUE(broker.worker.take_forgetting());
    broker.ends_job(waiting, {.end = End::give_back});

    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
    EXPECT_TRUE(std::holds_alternative<Unconfigured>(begins().work));
}

TEST_F(ConfiguredWorker, does_not_take_an_on_ready_that_never_began_for_done) {
    broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed);
    broker.runs_job();
    broker.delivers(configuration());
    broker.runs_job({.is_configured = true});
    const Job& ready = begins();
    ASSERT_TRUE(std::holds_alternative<Ready>(ready.work));

    broker.ends_job(ready, {.end = End::give_back});
    broker.delivers(event());

    EXPECT_FALSE(may_begin_another());
}

TEST_F(ConfiguredWorker, drains_only_when_functions_have_ended_too) {
    const ChannelLife life = broker.worker.function_began();

    broker.stops();
    EXPECT_FALSE(broker.worker.is_ending());
    broker.worker.function_ended(life, broker.now);

    EXPECT_TRUE(broker.worker.is_ending());
}

TEST_F(ConfiguredWorker, a_manual_acknowledgement_of_many_means_what_was_held_when_it_was_made) {
    broker.delivers(event());
    broker.delivers(event());
    broker.delivers(event());
    const Job& held_before = begins();
    const Job& held_after = begins();
    const Job& named = begins();

    broker.intake.settle({.token = held_before.token, .is_hold = true});
    broker.intake.settle(
        {.token = named.token, .multiple = true, .accepted_before = broker.intake.next_sequence()});
    broker.intake.settle({.token = held_after.token, .is_hold = true});
    broker.settles();
    broker.ends_job(held_after, {.end = End::held});
    broker.ends_job(held_before, {.end = End::held});
    broker.ends_job(named, {.end = End::held});

    EXPECT_THAT(broker.takes_settlements(),
                ElementsAre(Settlement{.delivery_tag = 2}, Settlement{.delivery_tag = 4}));
    broker.acknowledges(held_after.token);
    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 3}));
}

TEST_F(ConfiguredWorker, begins_no_function_while_a_run_that_lost_its_connection_ends) {
    broker.publishes("Under way");

    broker.loses(LinkId::consuming);

    EXPECT_FALSE(broker.worker.may_begin_function());
    broker.confirms(1);
    EXPECT_TRUE(broker.worker.is_finished());
}

}  // namespace
}  // namespace eventail::bus
