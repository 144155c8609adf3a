// Declaring, deleting and sharing queues.
#include "unit/broker/core/core_fixture.hpp"

namespace eventail::broker {
namespace {

using enum wire::ReplyCode;
using testing::ElementsAre;
using testing::StartsWith;

class QueueDeclare : public BrokerTest {
protected:
    static constexpr std::string_view locked_ =
        "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q' in vhost '/'. It "
        "could be originally declared on another connection or the exclusive property value does "
        "not match that of the original declaration.";

    QueueStatus declare_passively(std::string_view name) {
        return client_.channel().declare(wire::QueueDeclare{.queue = name, .passive = true});
    }
    std::uint32_t remove(std::string_view name, bool if_unused = false, bool if_empty = false) {
        return client_.channel().remove(
            wire::QueueDelete{.queue = name, .if_unused = if_unused, .if_empty = if_empty});
    }
    void expect_invalid(const wire::Table& arguments, std::string_view reason) {
        expect_refusal(precondition_failed, "PRECONDITION_FAILED - invalid " + std::string(reason),
                       [&] { client_.declare_queue("q", {.arguments = arguments}); });
        EXPECT_FALSE(has_queue("q"));
    }
};

TEST_F(QueueDeclare, an_empty_name_gets_a_generated_one) {
    const QueueStatus one = client_.declare_queue("");
    const QueueStatus other = client_.declare_queue("");

    EXPECT_THAT(one.name, StartsWith("amq.gen-"));
    EXPECT_EQ(one.name.size(), std::string_view("amq.gen-JzTY20BRgKO2HVjnVSEsyw").size());
    EXPECT_NE(one.name, other.name);
}

TEST_F(QueueDeclare, generated_names_depend_on_the_seed_alone) {
    Core same(now_, {.seed = 1});
    Core different(now_, {.seed = 2});
    Client client_of_same(same);
    Client client_of_different(different);

    const std::string name = client_.declare_queue("").name;

    EXPECT_EQ(client_of_same.declare_queue("").name, name);
    EXPECT_NE(client_of_different.declare_queue("").name, name);
}

TEST_F(QueueDeclare, a_second_equal_declaration_returns_its_counts) {
    client_.declare_queue("q");
    client_.send("q", "1");
    client_.send("q", "2");

    const QueueStatus status = client_.declare_queue("q");

    EXPECT_EQ(status.message_count, 2u);
    EXPECT_EQ(status.consumer_count, 0u);
}

TEST_F(QueueDeclare, line_ends_are_taken_out_of_names) {
    EXPECT_EQ(client_.declare_queue("q\r\n").name, "q");
}

TEST_F(QueueDeclare, the_prefix_amq_is_reserved) {
    expect_refusal(access_refused,
                   "ACCESS_REFUSED - queue name 'amq.q' contains reserved prefix 'amq.*'",
                   [&] { client_.declare_queue("amq.q"); });
}

TEST_F(QueueDeclare, passively_finds_only_what_is_there) {
    client_.declare_queue("q");

    EXPECT_EQ(declare_passively("q").name, "q");
    expect_refusal(not_found, "NOT_FOUND - no queue 'nope' in vhost '/'",
                   [&] { declare_passively("nope"); });
}

TEST_F(QueueDeclare, differing_flags_are_refused) {
    client_.declare_queue("q");

    expect_refusal(precondition_failed,
                   "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': "
                   "received 'true' but current is 'false'",
                   [&] { client_.declare_queue("q", {.durable = true}); });
    expect_refusal(precondition_failed,
                   "PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue 'q' in vhost "
                   "'/': received 'true' but current is 'false'",
                   [&] { client_.declare_queue("q", {.auto_delete = true}); });
    expect_refusal(resource_locked, locked_,
                   [&] { client_.declare_queue("q", {.exclusive = true}); });
}

TEST_F(QueueDeclare, differing_arguments_are_refused) {
    client_.declare_queue("q", {.arguments = wire::Table().set("x-message-ttl", 1000)});

    expect_refusal(precondition_failed,
                   "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'q' in vhost "
                   "'/': received none but current is the value '1000' of type 'signedint'",
                   [&] { client_.declare_queue("q"); });
    expect_refusal(
        precondition_failed,
        "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': "
        "received '2000' but current is '1000'",
        [&] {
            client_.declare_queue("q", {.arguments = wire::Table().set("x-message-ttl", 2000)});
        });
}

TEST_F(QueueDeclare, arguments_that_it_does_not_know_make_no_difference) {
    client_.declare_queue("q");

    EXPECT_NO_THROW(client_.declare_queue("q", {.arguments = wire::Table().set("x-my-own", 1)}));
}

TEST_F(QueueDeclare, arguments_of_the_wrong_type_or_range_are_refused) {
    const auto with = [](std::string_view name, const auto& value) {
        return wire::Table().set(name, value);
    };
    const std::string_view text = "a";

    expect_invalid(with("x-message-ttl", -1),
                   "arg 'x-message-ttl' for queue 'q' in vhost '/': {value_negative,-1}");
    expect_invalid(
        with("x-message-ttl", text),
        "arg 'x-message-ttl' for queue 'q' in vhost '/': \"expected integer, got longstr\"");
    expect_invalid(
        with("x-message-ttl", std::int64_t{1} << 40),
        "arg 'x-message-ttl' for queue 'q' in vhost '/': {value_too_large,1099511627776}");
    expect_invalid(with("x-expires", 0),
                   "arg 'x-expires' for queue 'q' in vhost '/': {value_zero,0}");
    expect_invalid(with("x-max-length", -1),
                   "arg 'x-max-length' for queue 'q' in vhost '/': {value_negative,-1}");
    expect_invalid(with("x-overflow", text),
                   "arg 'x-overflow' for queue 'q' in vhost '/': invalid_overflow");
    expect_invalid(with("x-overflow", 1),
                   "arg 'x-overflow' for queue 'q' in vhost '/': {unacceptable_type,signedint}");
    expect_invalid(with("x-dead-letter-exchange", 1),
                   "type 'signedint' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '/'");
    expect_invalid(with("x-dead-letter-routing-key", text),
                   "arg 'x-dead-letter-routing-key' for queue 'q' in vhost '/': "
                   "routing_key_but_no_dlx_defined");
    expect_invalid(with("x-single-active-consumer", 1),
                   "arg 'x-single-active-consumer' for queue 'q' in vhost '/': "
                   "{unacceptable_type,signedint}");
    expect_invalid(with("x-max-priority", 256),
                   "arg 'x-max-priority' for queue 'q' in vhost '/': {max_value_exceeded,256}");
    expect_invalid(with("x-queue-mode", text),
                   "arg 'x-queue-mode' for queue 'q' in vhost '/': \"unsupported queue mode 'a'\"");
    expect_invalid(with("x-queue-type", text),
                   "arg 'x-queue-type' for queue 'q' in vhost '/': \"unsupported queue type 'a'\"");
}

TEST_F(QueueDeclare, an_exclusive_queue_is_locked_for_other_connections) {
    client_.declare_queue("q", {.exclusive = true});
    Client other(core_);

    EXPECT_NO_THROW(client_.declare_queue("q", {.exclusive = true}));
    expect_refusal(resource_locked, locked_, [&] { client_.declare_queue("q"); });
    expect_refusal(resource_locked, locked_,
                   [&] { other.declare_queue("q", {.exclusive = true}); });
    expect_refusal(resource_locked, locked_, [&] { other.consume("q"); });
    expect_refusal(resource_locked, locked_, [&] { other.get("q"); });
    expect_refusal(resource_locked, locked_, [&] { other.bind("q", "amq.direct", "k"); });
    expect_refusal(resource_locked, locked_,
                   [&] { other.channel().purge(wire::QueuePurge{.queue = "q"}); });
    expect_refusal(resource_locked, locked_,
                   [&] { other.channel().remove(wire::QueueDelete{.queue = "q"}); });
}

TEST_F(QueueDeclare, others_may_unbind_an_exclusive_queue_only_from_where_it_is_not_bound) {
    client_.declare_queue("q", {.exclusive = true});
    client_.bind("q", "amq.direct", "k");
    Client other(core_);
    const auto unbind = [&](std::string_view key) {
        other.channel().unbind(
            wire::QueueUnbind{.queue = "q", .exchange = "amq.direct", .routing_key = key});
    };

    EXPECT_NO_THROW(unbind("other"));
    expect_refusal(resource_locked, locked_, [&] { unbind("k"); });
    EXPECT_EQ(client_.publish("amq.direct", "k", "1"), Fate::routed);
}

TEST_F(QueueDeclare, an_argument_that_nobody_takes_is_one_that_differs_when_declared_again) {
    const wire::Table invalid = wire::Table().set("x-message-ttl", -1);
    client_.declare_queue("q", {.arguments = wire::Table().set("x-message-ttl", 1000)});
    client_.declare_queue("r");

    expect_refusal(resource_locked, locked_,
                   [&] { client_.declare_queue("q", {.exclusive = true, .arguments = invalid}); });
    expect_refusal(precondition_failed,
                   "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'q' in vhost "
                   "'/': received '-1' but current is '1000'",
                   [&] { client_.declare_queue("q", {.arguments = invalid}); });
    expect_refusal(precondition_failed,
                   "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'r' in vhost "
                   "'/': received the value '-1' of type 'signedint' but current is none",
                   [&] { client_.declare_queue("r", {.arguments = invalid}); });
    expect_refusal(
        precondition_failed,
        "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': "
        "received 'x' but current is '1000'",
        [&] {
            client_.declare_queue("q", {.arguments = wire::Table().set("x-message-ttl", "x")});
        });
}

TEST_F(QueueDeclare, anybody_may_publish_to_an_exclusive_queue) {
    client_.declare_queue("q", {.exclusive = true});
    Client other(core_);

    EXPECT_EQ(other.send("q", "1"), Fate::routed);
    EXPECT_THAT(client_.drain("q"), ElementsAre("1"));
}

TEST_F(QueueDeclare, an_exclusive_queue_ends_with_its_connection) {
    Client other(core_);
    other.declare_queue("q", {.exclusive = true});

    other.disconnect();

    EXPECT_FALSE(has_queue("q"));
}

TEST_F(QueueDeclare, the_empty_name_means_the_one_declared_last_on_the_channel) {
    expect_refusal(not_found, "NOT_FOUND - no previously declared queue", [&] { client_.get(""); });
    const std::string name = client_.declare_queue("").name;

    client_.bind("", "amq.direct", "");
    client_.publish("amq.direct", name, "1");

    EXPECT_THAT(client_.drain(""), ElementsAre("1"));
}

TEST_F(QueueDeclare, deleting_tells_how_many_messages_went) {
    client_.declare_queue("q");
    client_.send("q", "1");

    EXPECT_EQ(remove("q"), 1u);
    EXPECT_FALSE(has_queue("q"));
    EXPECT_EQ(remove("q"), 0u) << "what is missing is as good as deleted";
}

TEST_F(QueueDeclare, deletes_only_if_unused_or_empty_when_asked_so) {
    client_.declare_queue("q");
    client_.send("q", "1");
    expect_refusal(precondition_failed, "PRECONDITION_FAILED - queue 'q' in vhost '/' not empty",
                   [&] { remove("q", false, true); });
    client_.consume("q");
    expect_refusal(precondition_failed, "PRECONDITION_FAILED - queue 'q' in vhost '/' in use",
                   [&] { remove("q", true, false); });

    EXPECT_TRUE(has_queue("q"));
    EXPECT_NO_THROW(remove("q", false, true)) << "the consumer has the message";
}

TEST_F(QueueDeclare, deleting_cancels_the_consumers) {
    client_.declare_queue("q");
    const std::string tag = client_.consume("q");
    client_.send("q", "1");
    ASSERT_EQ(client_.take().size(), 1u);

    remove("q");

    EXPECT_THAT(client_.cancelled(), ElementsAre(tag));
    EXPECT_NO_THROW(client_.ack(1)) << "a delivery outlives its queue";
    EXPECT_NO_THROW(client_.channel().cancel({.consumer_tag = tag}));
}

TEST_F(QueueDeclare, an_auto_delete_queue_ends_with_its_last_consumer) {
    client_.declare_queue("q", {.auto_delete = true});
    const std::string one = client_.consume("q");
    const std::string other = client_.consume("q", {}, 2);

    client_.channel().cancel({.consumer_tag = one});
    EXPECT_TRUE(has_queue("q"));
    client_.close_channel(2);
    EXPECT_FALSE(has_queue("q"));
}

TEST_F(QueueDeclare, purging_leaves_unsettled_messages) {
    client_.declare_queue("q");
    for (const auto* body : {"1", "2", "3"}) client_.send("q", body);
    client_.get("q");

    EXPECT_EQ(client_.channel().purge(wire::QueuePurge{.queue = "q"}), 2u);
    client_.nack(1, true);

    EXPECT_THAT(client_.drain("q"), ElementsAre("1"));
}

TEST_F(QueueDeclare, an_unused_queue_expires) {
    client_.declare_queue("q", {.arguments = wire::Table().set("x-expires", 1000)});

    pass(999ms);
    EXPECT_TRUE(has_queue("q"));
    EXPECT_EQ(core_.next_deadline(), TimePoint(1000ms));
    pass(1ms);
    EXPECT_FALSE(has_queue("q"));
}

TEST_F(QueueDeclare, using_it_puts_its_expiry_off) {
    client_.declare_queue("q", {.arguments = wire::Table().set("x-expires", 1000)});
    pass(900ms);
    declare_passively("q");
    pass(900ms);
    client_.send("q", "1");
    EXPECT_TRUE(client_.get("q"));
    pass(900ms);
    const std::string tag = client_.consume("q");
    pass(5000ms);
    client_.channel().cancel({.consumer_tag = tag});

    pass(999ms);
    EXPECT_TRUE(has_queue("q"));
    pass(1ms);
    EXPECT_FALSE(has_queue("q"));
}

}  // namespace
}  // namespace eventail::broker
