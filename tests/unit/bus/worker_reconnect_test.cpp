// Reconnecting while user code of the lost channel still runs; such stale calls have no effect any
// more. (docs/decisions/0017-reconnecting-does-not-wait-for-handlers.md)
#include "support/fake_broker.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <variant>

namespace eventail::bus {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ReconnectingWorker : public testing::Test {
protected:
    const Job& begins() {
        const Job* const job = broker.begins_job();
        if (job == nullptr) throw std::runtime_error("there is no job");
        return *job;
    }
    template <typename Work>
    const Job& begins_a() {
        const Job& job = begins();
        EXPECT_TRUE(std::holds_alternative<Work>(job.work));
        return job;
    }
    bool may_begin_another() { return broker.worker.has_job(); }
    void connects_consuming() { broker.accepts_next_connection(LinkId::consuming); }

    FakeBroker broker;
};

/// Ready, with a running handler. Not supervised.
class WorkerWithHandler : public ReconnectingWorker {
protected:
    WorkerWithHandler() {
        broker.is_consuming();
        broker.delivers(event());
        stale_ = &begins();
    }
    const Job& stale() { return *stale_; }

private:
    const Job* stale_ = nullptr;
};

TEST_F(WorkerWithHandler, consumes_again_on_a_new_connection_and_keeps_the_publishing_one) {
    broker.loses(LinkId::consuming);
    connects_consuming();

    broker.ends_job(begins_a<Ready>());
    broker.delivers(redelivered_event());
    broker.ends_job(begins_a<Event>());
    EXPECT_TRUE(broker.is_connected(LinkId::publishing));
    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 1}));
}

TEST_F(WorkerWithHandler, settles_nothing_for_a_handler_of_the_lost_channel) {
    broker.loses(LinkId::consuming);
    connects_consuming();
    broker.runs_job();
    broker.delivers(event());

    broker.acknowledges(stale().token, true);
    broker.ends_job(stale(), {.end = End::failed, .error = "it threw"});

    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
}

TEST_F(WorkerWithHandler, says_that_the_broker_decides_if_a_stale_handler_throws) {
    broker.loses(LinkId::consuming);
    connects_consuming();
    broker.takes_notices();

    broker.ends_job(stale(), {.end = End::failed, .error = "it threw"});

    EXPECT_THAT(broker.takes_notices(), ElementsAre(HasSubstr("the broker decides")));
}

TEST_F(WorkerWithHandler, sends_what_a_stale_handler_publishes_and_acknowledges_only_after_it) {
    broker.loses(LinkId::consuming);
    connects_consuming();
    broker.runs_job();
    broker.delivers(redelivered_event());
    const Job& again = begins();

    broker.publishes("Late");
    broker.ends_job(stale());
    broker.ends_job(again);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Late"));
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
    broker.confirms(1);
    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 1}));
}

TEST_F(WorkerWithHandler, mends_both_connections) {
    broker.publishes("Under way");
    broker.takes_published();
    broker.loses(LinkId::publishing);
    broker.loses(LinkId::consuming);

    connects_consuming();
    broker.accepts_next_connection(LinkId::publishing);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Under way"));
    EXPECT_TRUE(broker.worker.is_consuming());
}

TEST_F(WorkerWithHandler, survives_a_second_loss) {
    broker.loses(LinkId::consuming);
    connects_consuming();
    broker.runs_job();
    broker.delivers(redelivered_event());
    const Job& second = begins();

    broker.loses(LinkId::consuming);
    connects_consuming();
    broker.ends_job(begins_a<Ready>());
    broker.delivers(redelivered_event());
    const Job& third = begins();
    for (const Job* const stale_one : {&stale(), &second}) broker.ends_job(*stale_one);

    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
    broker.ends_job(third);
    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 1}));
}

TEST_F(WorkerWithHandler, waits_longer_each_time_if_nobody_answers_and_wakes_its_shell) {
    broker.loses(LinkId::consuming);
    Duration pause = {};
    for (int attempts = 0; attempts < 12; ++attempts) {
        const TimePoint lost = broker.now;
        while (!broker.fails_connection(LinkId::consuming, {.what = "timed out"})) {
            broker.takes_notices();
            const auto deadline = broker.worker.next_deadline();
            ASSERT_TRUE(deadline && *deadline > broker.now);
            broker.passes(*deadline - broker.now);
        }
        pause = broker.now - lost;
    }

    EXPECT_GE(pause, 15s);
    EXPECT_LE(pause, 30s);
}

TEST_F(WorkerWithHandler, finds_a_broker_within_a_second_and_a_half_of_its_return) {
    broker.loses(LinkId::consuming);
    for (int i = 0; i < 20; ++i) {
        while (!broker.refuses_connection(LinkId::consuming)) broker.passes(10ms);
    }

    const TimePoint last = broker.now;
    while (!broker.refuses_connection(LinkId::consuming)) broker.passes(10ms);

    EXPECT_LE(broker.now - last, 1510ms);
}

TEST_F(WorkerWithHandler, ends_its_run_when_the_handler_ends_in_a_pause) {
    broker.loses(LinkId::consuming);
    for (int i = 0; i < 3; ++i) {
        while (!broker.refuses_connection(LinkId::consuming)) broker.passes(10ms);
    }
    EXPECT_FALSE(broker.worker.is_finished());

    broker.ends_job(stale());

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
}

TEST_F(WorkerWithHandler, finishes_an_attempt_that_is_under_way_when_the_handler_ends) {
    broker.loses(LinkId::consuming);
    while (!broker.lets_connect(LinkId::consuming)) broker.passes(10ms);

    broker.ends_job(stale());
    broker.accepts_connection(LinkId::consuming);

    EXPECT_TRUE(broker.worker.is_consuming());
}

TEST_F(WorkerWithHandler, drains_at_once_if_it_is_stopped_in_a_pause_and_waits_for_the_handler) {
    broker.loses(LinkId::consuming);
    while (!broker.refuses_connection(LinkId::consuming)) broker.passes(10ms);

    broker.stops();
    broker.passes(1s);
    EXPECT_FALSE(broker.lets_connect(LinkId::consuming));
    broker.publishes("Late");
    broker.confirms(1);
    EXPECT_FALSE(broker.worker.is_finished());
    broker.ends_job(stale());

    broker.expect_stopped();
}

TEST_F(WorkerWithHandler, gives_up_an_attempt_if_a_reconnection_is_asked_for_meanwhile) {
    broker.loses(LinkId::consuming);
    while (!broker.lets_connect(LinkId::consuming)) broker.passes(10ms);

    broker.stops(true);
    EXPECT_FALSE(broker.worker.is_finished());
    broker.ends_job(stale());

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::reconnect);
}

TEST_F(WorkerWithHandler, ends_for_good_when_the_next_connection_is_refused_once_the_handler_has) {
    broker.loses(LinkId::consuming);
    broker.consuming.instead = [this](std::uint16_t, const wire::Method& method) {
        if (!std::holds_alternative<wire::QueueDeclare>(method)) return false;
        broker.consuming.send(1, wire::ChannelClose{.reply_code = 403, .reply_text = "go away"});
        return true;
    };
    connects_consuming();

    EXPECT_FALSE(broker.worker.is_finished());
    EXPECT_TRUE(broker.worker.is_ending());
    EXPECT_FALSE(broker.is_connected(LinkId::publishing));
    broker.ends_job(stale());

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::fatal);
}

TEST_F(WorkerWithHandler, connects_again_when_the_broker_cancels_its_consumer) {
    broker.cancels_consumer(Source::events);
    ASSERT_FALSE(broker.is_connected(LinkId::consuming));

    connects_consuming();
    broker.ends_job(stale());

    EXPECT_TRUE(broker.worker.is_consuming());
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
}

TEST_F(WorkerWithHandler, does_not_wait_for_the_handler_when_its_channel_is_set_up_again) {
    broker.closes_channel(LinkId::consuming, 1, wire::ReplyCode::precondition_failed);

    broker.ends_job(begins_a<Ready>());
    broker.delivers(redelivered_event());

    EXPECT_TRUE(may_begin_another());
}

TEST_F(WorkerWithHandler, takes_back_what_waits_for_a_thread) {
    broker.publishes("Nobody's", true);
    const auto sent = broker.takes_published();
    broker.returns(sent.front());
    broker.confirms(1);
    const Job& returned = begins_a<ReturnedJob>();
    broker.worker.take_forgetting();

    broker.loses(LinkId::consuming);
    EXPECT_TRUE(broker.worker.take_forgetting());
    broker.ends_job(returned, {.end = End::give_back});
    EXPECT_EQ(broker.worker.unsettled(), 1u);

    broker.ends_job(begins_a<ReturnedJob>());
    EXPECT_EQ(broker.worker.unsettled(), 0u);
}

TEST_F(ReconnectingWorker, is_not_made_ready_by_a_stale_on_ready_and_does_not_wait_for_it) {
    broker.begins_run();
    broker.accepts_connection(LinkId::publishing);
    broker.accepts_connection(LinkId::consuming);
    const Job& stale = begins_a<Ready>();

    broker.loses(LinkId::consuming);
    connects_consuming();
    broker.delivers(event());
    const Job& ready = begins_a<Ready>();
    EXPECT_FALSE(may_begin_another());
    broker.ends_job(stale);
    EXPECT_FALSE(may_begin_another());
    broker.ends_job(ready);

    begins_a<Event>();
}

TEST_F(ReconnectingWorker, stays_ready_when_a_stale_on_ready_that_never_began_is_given_back) {
    broker.begins_run(WhenLost::connects_again);
    broker.accepts_connection(LinkId::consuming);
    const Job& stale = begins_a<Ready>();
    broker.loses(LinkId::consuming);
    connects_consuming();
    broker.runs_job();

    broker.ends_job(stale, {.end = End::give_back});
    broker.delivers(event());

    begins_a<Event>();
}

TEST_F(ReconnectingWorker, lets_on_ready_wait_for_calls_of_its_own_channel_only) {
    broker.is_consuming(WhenLost::connects_again);
    const ChannelLife stale = broker.worker.function_began();
    broker.loses(LinkId::consuming);
    const ChannelLife meanwhile = broker.worker.function_began();
    connects_consuming();

    begins_a<Ready>();

    EXPECT_FALSE(broker.worker.may_begin_function());
    broker.worker.function_ended(stale, broker.now);
    broker.worker.function_ended(meanwhile, broker.now);
    EXPECT_FALSE(broker.worker.may_begin_function());
}

TEST_F(ReconnectingWorker, lets_on_ready_of_the_first_connection_wait_for_functions) {
    broker.begins_run(WhenLost::connects_again);
    const ChannelLife life = broker.worker.function_began();
    broker.accepts_connection(LinkId::consuming);
    EXPECT_FALSE(may_begin_another());

    broker.worker.function_ended(life, broker.now);

    begins_a<Ready>();
}

TEST_F(ReconnectingWorker, connects_again_though_nothing_runs_if_it_is_to) {
    broker.is_consuming(WhenLost::connects_again);
    broker.publishes("Under way");

    broker.loses(LinkId::consuming);
    while (!broker.refuses_connection(LinkId::consuming)) broker.passes(10ms);
    EXPECT_TRUE(broker.worker.may_begin_function());
    connects_consuming();
    broker.confirms(1);

    EXPECT_TRUE(broker.worker.is_consuming());
    EXPECT_EQ(broker.worker.unsettled(), 0u);
}

TEST_F(ReconnectingWorker, tries_one_broker_after_the_other) {
    FakeBroker two({.urls = 2});
    two.is_consuming(WhenLost::connects_again);
    two.passes(2s);

    two.loses(LinkId::consuming);

    EXPECT_EQ(two.refuses_connection(LinkId::consuming), 1u);
    two.passes(1s);
    EXPECT_EQ(two.refuses_connection(LinkId::consuming), 0u);
}

class ConfigurableWorker : public ReconnectingWorker {
protected:
    ConfigurableWorker() {
        broker.begins_run();
        broker.accepts_connection(LinkId::publishing);
        broker.accepts_connection(LinkId::consuming);
    }

    FakeBroker broker{{.config_keys = {"Limits"}}};
    const Job& begins() { return *broker.begins_job(); }
};

TEST_F(ConfigurableWorker, is_not_configured_by_a_stale_handler_and_does_not_wait_for_it) {
    broker.runs_job();
    broker.delivers(configuration());
    const Job& stale = begins();

    broker.loses(LinkId::consuming);
    broker.accepts_next_connection(LinkId::consuming);
    broker.runs_job();
    broker.delivers(configuration());
    const Job& configures = begins();
    broker.ends_job(stale, {.is_configured = true});
    EXPECT_FALSE(broker.worker.is_consuming());
    broker.ends_job(configures, {.is_configured = true});

    EXPECT_TRUE(broker.worker.is_consuming());
}

TEST_F(ConfigurableWorker, calls_on_unconfigured_again_beside_a_stale_one) {
    const Job& stale = begins();

    broker.loses(LinkId::consuming);
    broker.accepts_next_connection(LinkId::consuming);
    const Job& again = begins();
    broker.ends_job(stale);

    EXPECT_TRUE(std::holds_alternative<Unconfigured>(again.work));
    broker.delivers(configuration());
    EXPECT_FALSE(broker.worker.has_job());
    broker.ends_job(again);
    EXPECT_TRUE(broker.worker.has_job());
}

}  // namespace
}  // namespace eventail::bus
