// Declaring, binding and deleting exchanges.
#include "unit/broker/core/core_fixture.hpp"

namespace eventail::broker {
namespace {

using enum wire::ReplyCode;

class ExchangeDeclare : public BrokerTest {
protected:
    void remove(std::string_view name, bool if_unused = false) {
        client_.channel().remove(wire::ExchangeDelete{.exchange = name, .if_unused = if_unused});
    }
    void unbind(std::string_view queue, std::string_view exchange, std::string_view key) {
        client_.channel().unbind(
            wire::QueueUnbind{.queue = queue, .exchange = exchange, .routing_key = key});
    }
};

TEST_F(ExchangeDeclare, the_standard_ones_are_there) {
    for (const auto& [name, type] : {std::pair("amq.direct", "direct"),
                                     {"amq.fanout", "fanout"},
                                     {"amq.topic", "topic"},
                                     {"amq.headers", "headers"},
                                     {"amq.match", "headers"}}) {
        EXPECT_NO_THROW(client_.declare_exchange(name, type, {.durable = true})) << name;
    }
}

TEST_F(ExchangeDeclare, passively_finds_only_what_is_there) {
    const auto declare = [&](std::string_view name) {
        client_.channel().declare(wire::ExchangeDeclare{.exchange = name, .passive = true});
    };

    EXPECT_NO_THROW(declare("amq.topic"));
    expect_refusal(not_found, "NOT_FOUND - no exchange 'nope' in vhost '/'",
                   [&] { declare("nope"); });
}

TEST_F(ExchangeDeclare, differing_declarations_are_refused) {
    client_.declare_exchange("x", "direct");
    const auto expect = [&](std::string_view difference, std::string_view type,
                            const ExchangeOptions& options) {
        expect_refusal(precondition_failed,
                       "PRECONDITION_FAILED - inequivalent arg " + std::string(difference),
                       [&] { client_.declare_exchange("x", type, options); });
    };

    expect("'type' for exchange 'x' in vhost '/': received 'topic' but current is 'direct'",
           "topic", {});
    expect("'durable' for exchange 'x' in vhost '/': received 'true' but current is 'false'",
           "direct", {.durable = true});
    expect("'auto_delete' for exchange 'x' in vhost '/': received 'true' but current is 'false'",
           "direct", {.auto_delete = true});
    expect("'internal' for exchange 'x' in vhost '/': received 'true' but current is 'false'",
           "direct", {.internal = true});
    expect(
        "'alternate-exchange' for exchange 'x' in vhost '/': received the value 'y' of type "
        "'longstr' but current is none",
        "direct", {.arguments = wire::Table().set("alternate-exchange", "y")});
}

TEST_F(ExchangeDeclare, unknown_types_end_the_connection) {
    expect_refusal(command_invalid, "COMMAND_INVALID - unknown exchange type 'bogus'",
                   [&] { client_.declare_exchange("x", "bogus"); });
    expect_refusal(command_invalid, "COMMAND_INVALID - invalid exchange type ''",
                   [&] { client_.declare_exchange("x", ""); });
    EXPECT_TRUE(wire::is_hard(command_invalid));
}

TEST_F(ExchangeDeclare, the_default_and_the_system_ones_are_not_for_clients) {
    constexpr std::string_view not_default =
        "ACCESS_REFUSED - operation not permitted on the default exchange";
    client_.declare_queue("q");

    expect_refusal(access_refused, not_default, [&] { client_.declare_exchange("", "direct"); });
    expect_refusal(access_refused, not_default, [&] { remove(""); });
    expect_refusal(access_refused, not_default, [&] { client_.bind("q", "", "k"); });
    expect_refusal(access_refused, not_default, [&] { unbind("q", "", "k"); });
    expect_refusal(access_refused, not_default,
                   [&] { client_.bind_exchange("", "amq.direct", "k"); });
    expect_refusal(access_refused,
                   "ACCESS_REFUSED - exchange name 'amq.x' contains reserved prefix 'amq.*'",
                   [&] { client_.declare_exchange("amq.x", "direct"); });
    expect_refusal(access_refused,
                   "ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not "
                   "allowed",
                   [&] { remove("amq.direct"); });
}

TEST_F(ExchangeDeclare, nobody_publishes_to_an_internal_or_a_missing_one) {
    client_.declare_exchange("inner", "fanout", {.internal = true});

    expect_refusal(access_refused,
                   "ACCESS_REFUSED - cannot publish to internal exchange 'inner' in vhost '/'",
                   [&] { client_.publish("inner", "", "1"); });
    expect_refusal(not_found, "NOT_FOUND - no exchange 'nope' in vhost '/'",
                   [&] { client_.publish("nope", "", "1"); });
}

TEST_F(ExchangeDeclare, an_internal_one_is_reached_through_another) {
    client_.declare_exchange("inner", "fanout", {.internal = true});
    client_.declare_queue("q");
    client_.bind("q", "inner", "");
    client_.bind_exchange("inner", "amq.topic", "#");

    EXPECT_EQ(client_.publish("amq.topic", "k", "1"), Fate::routed);
}

TEST_F(ExchangeDeclare, binding_names_the_missing_side) {
    client_.declare_queue("q");

    expect_refusal(not_found, "NOT_FOUND - no queue 'nope' in vhost '/'",
                   [&] { client_.bind("nope", "amq.direct", "k"); });
    expect_refusal(not_found, "NOT_FOUND - no exchange 'nope' in vhost '/'",
                   [&] { client_.bind("q", "nope", "k"); });
    expect_refusal(not_found, "NOT_FOUND - no exchange 'nope' in vhost '/'",
                   [&] { client_.bind_exchange("nope", "amq.direct", "k"); });
}

TEST_F(ExchangeDeclare, unbinding_and_deleting_missing_things_is_not_an_error) {
    client_.declare_queue("q");

    EXPECT_NO_THROW(unbind("q", "amq.direct", "k"));
    EXPECT_NO_THROW(unbind("nope", "amq.direct", "k"));
    EXPECT_NO_THROW(unbind("q", "nope", "k"));
    EXPECT_NO_THROW(remove("nope"));
}

TEST_F(ExchangeDeclare, deletes_only_if_unused_when_asked_so) {
    client_.declare_exchange("x", "direct");
    client_.declare_queue("q");
    client_.bind("q", "x", "k");

    expect_refusal(precondition_failed, "PRECONDITION_FAILED - exchange 'x' in vhost '/' in use",
                   [&] { remove("x", true); });
    remove("x");

    EXPECT_FALSE(has_exchange("x"));
    EXPECT_TRUE(core_.list_bindings("/").empty());
}

TEST_F(ExchangeDeclare, an_auto_delete_one_ends_with_its_last_binding) {
    client_.declare_exchange("x", "direct", {.auto_delete = true});
    client_.declare_queue("q");
    client_.bind("q", "x", "k");
    client_.bind("q", "x", "l");

    unbind("q", "x", "k");
    EXPECT_TRUE(has_exchange("x"));
    client_.channel().remove(wire::QueueDelete{.queue = "q"});
    EXPECT_FALSE(has_exchange("x"));
}

TEST_F(ExchangeDeclare, a_long_chain_of_auto_delete_ones_falls) {
    constexpr int length = 20'000;
    const auto name = [](int i) { return "x" + std::to_string(i); };
    for (int i = 0; i < length; ++i) {
        client_.declare_exchange(name(i), "fanout", {.auto_delete = true});
        if (i > 0) client_.bind_exchange(name(i), name(i - 1), "");
    }
    client_.declare_queue("q");
    client_.bind("q", name(length - 1), "");

    client_.channel().remove(wire::QueueDelete{.queue = "q"});

    while (core_.has_pending_work()) core_.dispatch();
    EXPECT_FALSE(has_exchange(name(0)));
    EXPECT_TRUE(core_.list_bindings("/").empty());
}

}  // namespace
}  // namespace eventail::broker
