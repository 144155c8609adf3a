// From exchanges to queues.
#include "unit/broker/core/core_fixture.hpp"
#include "wire/writer.hpp"

#include <bit>

namespace eventail::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Routing : public BrokerTest {
protected:
    void SetUp() override {
        client_.declare_queue("a");
        client_.declare_queue("b");
    }
};

TEST_F(Routing, the_default_exchange_leads_to_the_queue_of_that_name) {
    EXPECT_EQ(client_.send("a", "1"), Fate::routed);
    EXPECT_EQ(client_.send("nobody", "2"), Fate::unroutable);

    EXPECT_THAT(client_.drain("a"), ElementsAre("1"));
    EXPECT_THAT(client_.drain("b"), IsEmpty());
}

TEST_F(Routing, a_direct_exchange_takes_the_key_literally) {
    client_.bind("a", "amq.direct", "x.#");
    client_.bind("b", "amq.direct", "y");

    EXPECT_EQ(client_.publish("amq.direct", "x.#", "1"), Fate::routed);
    EXPECT_EQ(client_.publish("amq.direct", "y", "2"), Fate::routed);
    EXPECT_EQ(client_.publish("amq.direct", "x.z", "3"), Fate::unroutable);

    EXPECT_THAT(client_.drain("a"), ElementsAre("1"));
    EXPECT_THAT(client_.drain("b"), ElementsAre("2"));
}

TEST_F(Routing, a_fanout_exchange_leads_everywhere_with_any_key) {
    client_.bind("a", "amq.fanout", "x");
    client_.bind("b", "amq.fanout", "");

    client_.publish("amq.fanout", "other", "1");

    EXPECT_THAT(client_.drain("a"), ElementsAre("1"));
    EXPECT_THAT(client_.drain("b"), ElementsAre("1"));
}

TEST_F(Routing, a_queue_that_several_bindings_lead_to_gets_a_message_once) {
    client_.bind("a", "amq.topic", "x.*");
    client_.bind("a", "amq.topic", "x.#");

    client_.publish("amq.topic", "x.y", "1");

    EXPECT_THAT(client_.drain("a"), ElementsAre("1"));
}

TEST_F(Routing, a_new_binding_counts_for_a_key_that_was_routed_before) {
    EXPECT_EQ(client_.publish("amq.topic", "x.y", "1"), Fate::unroutable);
    client_.bind("a", "amq.topic", "x.*");
    EXPECT_EQ(client_.publish("amq.topic", "x.y", "2"), Fate::routed);
    client_.channel().unbind(
        wire::QueueUnbind{.queue = "a", .exchange = "amq.topic", .routing_key = "x.*"});
    EXPECT_EQ(client_.publish("amq.topic", "x.y", "3"), Fate::unroutable);

    EXPECT_THAT(client_.drain("a"), ElementsAre("2"));
}

TEST_F(Routing, a_queue_that_was_deleted_and_declared_again_is_not_bound) {
    client_.bind("a", "amq.topic", "x");
    client_.channel().remove(wire::QueueDelete{.queue = "a"});
    client_.declare_queue("a");

    EXPECT_EQ(client_.publish("amq.topic", "x", "1"), Fate::unroutable);
}

TEST_F(Routing, is_right_for_more_keys_than_it_remembers) {
    client_.bind("a", "amq.topic", "even.#");
    const auto publish = [&](int i) {
        const std::string key = (i % 2 == 0 ? "even." : "odd.") + std::to_string(i);
        return client_.publish("amq.topic", key, "1");
    };

    for (int i = 0; i < 20'000; ++i) {
        ASSERT_EQ(publish(i), i % 2 == 0 ? Fate::routed : Fate::unroutable) << i;
    }
    EXPECT_EQ(publish(0), Fate::routed);
    EXPECT_EQ(publish(1), Fate::unroutable);
}

TEST_F(Routing, follows_bindings_between_exchanges_and_survives_circles) {
    client_.declare_exchange("one", "fanout");
    client_.declare_exchange("two", "topic");
    client_.bind_exchange("two", "one", "");
    client_.bind_exchange("one", "two", "#");
    client_.bind("a", "two", "x.*");
    client_.bind("b", "one", "");

    client_.publish("two", "x.y", "1");
    client_.publish("one", "z", "2");

    EXPECT_THAT(client_.drain("a"), ElementsAre("1"));
    EXPECT_THAT(client_.drain("b"), ElementsAre("1", "2"));
}

TEST_F(Routing, messages_without_a_binding_go_to_the_alternate_exchange) {
    client_.declare_exchange("main", "direct",
                             {.arguments = wire::Table().set("alternate-exchange", "amq.fanout")});
    client_.bind("a", "main", "x");
    client_.bind("b", "amq.fanout", "");

    client_.publish("main", "x", "1");
    client_.publish("main", "y", "2");

    EXPECT_THAT(client_.drain("a"), ElementsAre("1"));
    EXPECT_THAT(client_.drain("b"), ElementsAre("2"));
}

TEST_F(Routing, an_alternate_exchange_that_is_missing_or_itself_leads_nowhere) {
    client_.declare_exchange("lost", "direct",
                             {.arguments = wire::Table().set("alternate-exchange", "nowhere")});
    client_.declare_exchange("self", "direct",
                             {.arguments = wire::Table().set("alternate-exchange", "self")});

    EXPECT_EQ(client_.publish("lost", "x", "1"), Fate::unroutable);
    EXPECT_EQ(client_.publish("self", "x", "1"), Fate::unroutable);
}

TEST_F(Routing, cc_and_bcc_are_further_keys_and_bcc_stays_hidden) {
    wire::Table headers;
    headers.set("CC", wire::Array().add("b").view());
    headers.set("BCC", wire::Array().add("c").view());
    client_.declare_queue("c");

    client_.send("a", "1", {.headers = headers});

    const auto got = client_.get("c", true);
    ASSERT_TRUE(got);
    EXPECT_TRUE(got->message->headers().find("CC"));
    EXPECT_FALSE(got->message->headers().find("BCC"));
    EXPECT_EQ(got->message->routing_key(), "a");
    EXPECT_THAT(client_.drain("a"), ElementsAre("1"));
    EXPECT_THAT(client_.drain("b"), ElementsAre("1"));
}

TEST_F(Routing, refuses_cc_that_is_not_a_list) {
    wire::Table headers;
    headers.set("CC", "b");

    expect_refusal(wire::ReplyCode::precondition_failed,
                   "PRECONDITION_FAILED - invalid message: "
                   "{unacceptable_type_in_header,\"CC\",longstr}",
                   [&] { client_.send("a", "1", {.headers = headers}); });
}

class HeadersRouting : public Routing {
protected:
    Fate publish(const wire::Table& headers) {
        return client_.publish("amq.headers", "", "1", {.headers = headers});
    }
    /// Not written by wire::Table, but by clients.
    static wire::Table with_double(std::string_view name, double value) {
        wire::Buffer content;
        wire::Writer writer(content);
        writer.short_string(name);
        writer.u8('d');
        writer.u64(std::bit_cast<std::uint64_t>(value));
        return wire::Table(wire::TableView::parse(content.view()));
    }
};

TEST_F(HeadersRouting, all_arguments_must_match_by_default) {
    client_.bind("a", "amq.headers", "", wire::Table().set("x", 1).set("y", "z"));

    EXPECT_EQ(publish(wire::Table().set("x", 1).set("y", "z").set("more", true)), Fate::routed);
    EXPECT_EQ(publish(wire::Table().set("x", 1)), Fate::unroutable);
    EXPECT_EQ(publish(wire::Table().set("x", 2).set("y", "z")), Fate::unroutable);
}

TEST_F(HeadersRouting, one_is_enough_for_any) {
    client_.bind("a", "amq.headers", "",
                 wire::Table().set("x-match", "any").set("x", 1).set("y", 2));

    EXPECT_EQ(publish(wire::Table().set("x", 5).set("y", 2)), Fate::routed);
    EXPECT_EQ(publish(wire::Table().set("x", 5)), Fate::unroutable);
    EXPECT_EQ(publish(wire::Table()), Fate::unroutable);
}

TEST_F(HeadersRouting, names_that_begin_with_x_count_only_if_asked_for) {
    client_.bind("a", "amq.headers", "", wire::Table().set("x-one", 1));
    EXPECT_EQ(publish(wire::Table()), Fate::routed);

    client_.channel().remove(wire::QueueDelete{.queue = "a"});
    client_.bind("b", "amq.headers", "",
                 wire::Table().set("x-match", "all-with-x").set("x-one", 1));
    EXPECT_EQ(publish(wire::Table()), Fate::unroutable);
    EXPECT_EQ(publish(wire::Table().set("x-one", 1)), Fate::routed);
}

TEST_F(HeadersRouting, numbers_of_any_type_match_by_value) {
    client_.bind("a", "amq.headers", "", wire::Table().set("x", 1));
    client_.bind("b", "amq.headers", "", with_double("y", 1.0));

    EXPECT_EQ(publish(with_double("x", 1.0)), Fate::routed);
    EXPECT_EQ(publish(with_double("x", 1.5)), Fate::unroutable);
    EXPECT_EQ(publish(with_double("x", 1e300)), Fate::unroutable);
    EXPECT_EQ(publish(wire::Table().set("x", true)), Fate::unroutable);
    EXPECT_EQ(publish(wire::Table().set("x", "1")), Fate::unroutable);
    EXPECT_EQ(publish(wire::Table().set("y", 1)), Fate::routed);
    EXPECT_EQ(publish(wire::Table().set("y", 2)), Fate::unroutable);
}

TEST_F(HeadersRouting, times_match_like_numbers_and_bytes_like_texts) {
    client_.bind("a", "amq.headers", "", wire::Table().set("x", 1));
    client_.bind("b", "amq.headers", "", wire::Table().set("y", "text"));

    EXPECT_EQ(publish(wire::Table().set("x", wire::Timestamp{1})), Fate::routed);
    EXPECT_EQ(publish(wire::Table().set("y", wire::as_bytes("text"))), Fate::routed);
}

TEST_F(HeadersRouting, large_numbers_are_compared_exactly) {
    client_.bind("a", "amq.headers", "", wire::Table().set("x", (std::int64_t{1} << 53) + 1));

    EXPECT_EQ(publish(with_double("x", 0x1p53)), Fate::unroutable);
}

TEST_F(HeadersRouting, a_void_argument_asks_only_for_the_header) {
    client_.bind("a", "amq.headers", "", wire::Table().set("x", nullptr));

    EXPECT_EQ(publish(wire::Table().set("x", "whatever")), Fate::routed);
    EXPECT_EQ(publish(wire::Table().set("y", "whatever")), Fate::unroutable);
}

TEST_F(HeadersRouting, refuses_an_x_match_that_there_is_not) {
    expect_refusal(
        wire::ReplyCode::precondition_failed,
        "PRECONDITION_FAILED - Invalid x-match field value <<\"foo\">>; expected all, "
        "any, all-with-x, or any-with-x",
        [&] { client_.bind("a", "amq.headers", "", wire::Table().set("x-match", "foo")); });
    expect_refusal(
        wire::ReplyCode::precondition_failed,
        "PRECONDITION_FAILED - Invalid x-match field type signedint (value 1); expected longstr",
        [&] { client_.bind("a", "amq.headers", "", wire::Table().set("x-match", 1)); });
}

}  // namespace
}  // namespace eventail::broker
