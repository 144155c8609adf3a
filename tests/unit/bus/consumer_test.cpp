// The consuming connection: its declarations, consuming, giving up. (protocol.md, "Topology" and
// "Life of a service")
#include "bus/consumer.hpp"

#include "support/fake_broker.hpp"
#include "wire/to_text.hpp"

#include <gmock/gmock.h>

namespace eventail::bus {
namespace {

using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Lines = std::vector<std::string>;

Lines lines_with(const Lines& lines, std::string_view start) {
    Lines result;
    for (const std::string& line : lines) {
        if (line.starts_with(start)) result.push_back(line);
    }
    return result;
}

void connects(FakeBroker& broker) {
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
}

TEST(ConsumerTest, declares_exchanges_then_durable_queues_each_with_its_bindings) {
    FakeBroker broker({.event_keys = {"A", "B.#"}, .command_keys = {"pong.*"}});

    connects(broker);

    EXPECT_THAT(lines_with(broker.consuming.methods, "exchange.declare"),
                ElementsAre("exchange.declare exchange=events type=topic durable=true",
                            "exchange.declare exchange=commands type=topic durable=true",
                            "exchange.declare exchange=configurations type=topic durable=true",
                            "exchange.declare exchange=logs type=topic durable=true"));
    EXPECT_THAT(lines_with(broker.consuming.methods, "queue."),
                ElementsAre("queue.declare queue=pong.events durable=true",
                            "queue.bind queue=pong.events exchange=events routing_key=A",
                            "queue.bind queue=pong.events exchange=events routing_key=B.#",
                            "queue.declare queue=pong.commands durable=true",
                            "queue.bind queue=pong.commands exchange=commands routing_key=pong.*"));
}

TEST(ConsumerTest, declares_no_queue_without_routing_keys_for_it) {
    FakeBroker broker({.event_keys = {}, .command_keys = {}});

    connects(broker);

    EXPECT_THAT(lines_with(broker.consuming.methods, "queue."), IsEmpty());
    EXPECT_TRUE(broker.worker.is_consuming());
}

TEST(ConsumerTest, declares_the_queue_of_configurations_exclusive_and_named_by_the_broker) {
    FakeBroker broker({.event_keys = {}, .command_keys = {}, .config_keys = {"Limits"}});

    connects(broker);

    EXPECT_THAT(lines_with(broker.consuming.methods, "queue."),
                ElementsAre("queue.declare exclusive=true",
                            "queue.bind exchange=configurations routing_key=Limits"));
    EXPECT_THAT(broker.consuming.methods,
                Contains("basic.consume queue=amq.gen-1 consumer_tag=configurations"));
}

TEST(ConsumerTest, limits_what_it_is_given_per_consumer_before_it_consumes) {
    FakeBroker broker({.prefetch_count = 17});

    connects(broker);

    const Lines basic = lines_with(broker.consuming.methods, "basic.");
    EXPECT_THAT(basic, ElementsAre("basic.qos prefetch_count=17",
                                   "basic.consume queue=pong.events consumer_tag=events",
                                   "basic.consume queue=pong.commands consumer_tag=commands"));
}

TEST(ConsumerTest, takes_the_prefetch_of_each_of_its_consumers) {
    FakeBroker broker({.config_keys = {"Limits"}, .prefetch_count = 2});
    connects(broker);
    broker.runs_job();
    broker.delivers(configuration());
    broker.runs_job({.is_configured = true});
    broker.runs_job();

    for (const auto& each : {event(), event(), command(), command()}) broker.delivers(each);
    broker.delivers(configuration());
    broker.delivers(configuration());

    EXPECT_TRUE(broker.is_connected(LinkId::consuming));
    for (int i = 0; i < 6; ++i) broker.runs_job();
    EXPECT_FALSE(broker.worker.has_job());
}

TEST(ConsumerTest, publishes_nothing_on_its_connection) {
    FakeBroker broker;
    broker.is_consuming();
    broker.publishes("A");
    broker.delivers(event());
    broker.runs_job();

    EXPECT_THAT(broker.consuming.published, IsEmpty());
}

TEST(ConsumerTest, says_which_queue_a_message_came_from) {
    FakeBroker broker;
    broker.is_consuming();

    broker.delivers(event());
    const auto job = broker.begins_job();

    EXPECT_EQ(job->queue, "pong.events");
    broker.ends_job(*job);
}

TEST(ConsumerTest, settles_what_it_can_before_it_closes_the_channel) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(event());
    const auto job = broker.begins_job();
    Lines order;
    broker.consuming.instead = [&order](std::uint16_t, const wire::Method& method) {
        order.push_back(wire::to_text(method));
        return false;
    };

    broker.stops();
    broker.ends_job(*job);

    EXPECT_THAT(order, ElementsAre("basic.cancel consumer_tag=events",
                                   "basic.cancel consumer_tag=commands", "basic.ack delivery_tag=1",
                                   HasSubstr("channel.close"), HasSubstr("connection.close")));
}

TEST(ConsumerTest, acknowledges_at_once_where_the_prefetch_is_small) {
    FakeBroker broker({.prefetch_count = 15});
    broker.is_consuming();
    broker.delivers({});

    broker.runs_job();

    EXPECT_EQ(broker.takes_settlements().size(), 1u);
}

TEST(ConsumerTest, lets_a_few_acknowledgements_wait_for_more_where_the_prefetch_is_large) {
    FakeBroker broker({.prefetch_count = 64});
    broker.is_consuming();
    for (int i = 0; i < 4; ++i) broker.delivers({});
    for (int i = 0; i < 3; ++i) broker.runs_job();
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());

    broker.runs_job();

    EXPECT_THAT(broker.takes_settlements(),
                ElementsAre(Settlement{.delivery_tag = 4, .multiple = true}));
}

TEST(ConsumerTest, lets_no_acknowledgement_wait_longer_than_a_millisecond) {
    FakeBroker broker({.prefetch_count = 64});
    broker.is_consuming();
    broker.takes_notices();
    broker.delivers({});
    broker.runs_job();
    EXPECT_EQ(broker.worker.next_deadline(), broker.now + std::chrono::milliseconds{1});

    broker.passes(std::chrono::milliseconds{1});

    EXPECT_EQ(broker.takes_settlements().size(), 1u);
}

TEST(ConsumerTest, lets_no_acknowledgement_wait_when_it_stops_or_gives_something_back) {
    FakeBroker broker({.prefetch_count = 64});
    broker.is_consuming();
    for (int i = 0; i < 2; ++i) broker.delivers({});
    broker.runs_job();

    broker.runs_job({.end = Outcome::End::give_back});

    EXPECT_EQ(broker.takes_settlements().size(), 2u);
}

TEST(ConsumerTest, receives_large_contents_into_the_memory_of_former_ones) {
    const std::string large = std::string("\x7a\x00\x20\x00\x00", 5) + std::string(0x200000, 'x');
    FakeBroker broker({.prefetch_count = 3});
    broker.is_consuming();
    std::vector<const std::byte*> places;

    for (int i = 0; i < 5; ++i) {
        broker.delivers({.body = large});
        const Job* const job = broker.begins_job();
        places.push_back(message_of(*job)->payload.bytes().data());
        broker.ends_job(*job);
    }

    // One holds the incoming message, the other the one being handled.
    EXPECT_EQ(places[2], places[0]);
    EXPECT_EQ(places[3], places[1]);
    EXPECT_EQ(places[4], places[0]);
}

TEST(ConsumerTest, reads_on_while_a_handler_runs_as_the_prefetch_is_what_bounds_it) {
    FakeBroker broker({.prefetch_count = 3});
    broker.is_consuming();
    broker.delivers(event());
    const auto job = broker.begins_job();

    for (const auto& each : {event(), event(), command()}) broker.delivers(each);

    EXPECT_TRUE(broker.is_connected(LinkId::consuming));
    broker.ends_job(*job);
    for (int i = 0; i < 3; ++i) broker.runs_job();
    EXPECT_FALSE(broker.worker.has_job());
}

TEST(ConsumerTest, warns_once_that_dead_letters_need_a_policy_when_it_makes_the_first_one) {
    FakeBroker broker;
    broker.is_consuming();
    broker.takes_notices();
    broker.delivers(event());
    broker.runs_job({.end = End::give_back});
    ASSERT_THAT(broker.takes_notices(), IsEmpty());

    Lines warnings;
    for (int i = 0; i < 2; ++i) {
        broker.delivers(redelivered_event());
        broker.runs_job({.end = End::failed});
        for (std::string& line : lines_with(broker.takes_notices(), "WARNING")) {
            warnings.push_back(std::move(line));
        }
    }

    EXPECT_THAT(warnings, ElementsAre(HasSubstr("unless a policy sets a dead-letter exchange")));
}

TEST(ConsumerTest, wakes_who_drives_it_to_hear_of_the_first_dead_letter) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(redelivered_event());
    const auto job = broker.begins_job();
    broker.worker.job_ended(*job, {.end = End::failed}, 1, broker.now);
    broker.takes_notices();

    broker.worker.output(LinkId::consuming, broker.now);

    EXPECT_EQ(broker.worker.next_deadline(), TimePoint::min());
}

TEST(ConsumerTest, gives_no_small_content_the_memory_of_a_large_one) {
    const std::string large = std::string("\x7a\x00\x20\x00\x00", 5) + std::string(0x200000, 'x');
    const std::string small = std::string("\x79\x20\x00", 3) + std::string(0x2000, 'x');
    FakeBroker broker({.prefetch_count = 3, .frame_max = 4096});
    broker.is_consuming();
    std::vector<Payload> kept;

    for (const std::string* const body : {&large, &large, &small}) {
        broker.delivers({.body = *body});
        const Job* const job = broker.begins_job();
        if (body == &small) kept.push_back(message_of(*job)->payload);
        broker.ends_job(*job);
    }

    EXPECT_LT(payload::held_bytes(kept.at(0)), std::size_t{0x20000});
}

TEST(ConsumerTest, binds_a_queue_that_it_kept_by_its_name) {
    FakeBroker broker({.event_keys = {}, .command_keys = {}, .config_keys = {"Limits"}});
    connects(broker);
    broker.consuming.methods.clear();

    broker.closes_channel(LinkId::consuming, Consumer::channel,
                          wire::ReplyCode::precondition_failed);

    EXPECT_THAT(
        lines_with(broker.consuming.methods, "queue."),
        ElementsAre("queue.declare queue=amq.gen-1 passive=true exclusive=true",
                    "queue.bind queue=amq.gen-1 exchange=configurations routing_key=Limits"));
}

TEST(ConsumerTest, forgets_the_names_of_exclusive_queues_with_their_connection) {
    FakeBroker broker({.event_keys = {}, .command_keys = {}, .config_keys = {"Limits"}});
    connects(broker);
    broker.loses(LinkId::consuming);

    connects(broker);

    EXPECT_THAT(lines_with(broker.consuming.methods, "queue.declare"),
                ElementsAre("queue.declare exclusive=true"));
}

TEST(ConsumerTest, gives_up_a_broker_that_does_not_answer_a_declare) {
    FakeBroker broker;
    broker.consuming.instead = [](std::uint16_t, const wire::Method& method) {
        return std::holds_alternative<wire::QueueDeclare>(method);
    };
    connects(broker);

    broker.passes(30s);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
}

}  // namespace
}  // namespace eventail::bus
