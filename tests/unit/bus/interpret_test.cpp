// A delivery becomes an event, a command, a result, a configuration, or poison.
#include "bus/interpret.hpp"

#include "unit/bus/arrivals.hpp"
#include "unit/bus/recorded_messages.hpp"
#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace eventail::bus {
namespace {

using namespace test;
using wire::as_bytes;

TEST(Interpret, an_event_of_the_python_original) {
    const RecordedMessage golden = recorded("ProbeHappened");

    const auto event = std::get<Event>(read(delivery_of(golden), Source::events));

    EXPECT_EQ(event.name, "ProbeHappened");
    EXPECT_EQ(event.conversation_id, "conv-1");
    EXPECT_EQ(event.payload["name"].get<std::string>(), "café");
    EXPECT_TRUE(event.metadata.headers.is_map());
    EXPECT_TRUE(event.metadata.headers.empty());
    EXPECT_EQ(event.metadata.delivery_token, token);
}

TEST(Interpret, a_command_of_the_python_original) {
    const RecordedMessage golden = recorded("probe.DoIt");

    const auto command = std::get<Command>(read(delivery_of(golden), Source::commands));

    EXPECT_EQ(command.name, "probe.DoIt");
    EXPECT_EQ(command.reply_to, "probe.DoItResult");
    EXPECT_EQ(command.correlation_id, "corr-7");
    EXPECT_EQ(command.conversation_id, "conv-2");
}

TEST(Interpret, results_of_the_python_original) {
    const RecordedMessage good = recorded("probe.Result", 0);
    const RecordedMessage bad = recorded("probe.Result", 1);

    const auto success = std::get<Result>(read(delivery_of(good), Source::commands));
    const auto error = std::get<Result>(read(delivery_of(bad), Source::commands));

    EXPECT_TRUE(success.is_success);
    EXPECT_EQ(success.correlation_id, "corr-7");
    EXPECT_FALSE(error.is_success);
    EXPECT_EQ(error.payload["reason"].get<std::string>(), "nope");
}

TEST(Interpret, events_of_the_python_endpoint_in_both_formats) {
    const RecordedMessage cbor = recorded("LegacyHappened", 0);
    const RecordedMessage json = recorded("LegacyHappened", 1);
    ASSERT_EQ(json.properties().content_type, "application/json");

    const auto first = std::get<Event>(read(delivery_of(cbor), Source::events));
    const auto second = std::get<Event>(read(delivery_of(json), Source::events));

    EXPECT_EQ(first.payload["s"].get<std::string>(), "é");
    EXPECT_EQ(second.payload["s"].get<std::string>(), "é");
}

TEST(Interpret, a_configuration_may_lack_its_conversation_id) {
    const RecordedMessage golden = recorded("LegacyDefined");

    const auto configuration =
        std::get<Configuration>(read(delivery_of(golden), Source::configurations));

    EXPECT_EQ(configuration.conversation_id, "");
    EXPECT_EQ(configuration.payload["a"].get<int>(), 1);
}

TEST(Interpret, the_queue_decides_what_a_message_is_not_its_exchange) {
    Arrival arrival;
    arrival.delivery.exchange = "am-dlx";
    arrival.delivery.properties.reply_to = "a.Result";

    EXPECT_TRUE(std::holds_alternative<Event>(arrival.on(Source::events)));
    EXPECT_TRUE(std::holds_alternative<Configuration>(arrival.on(Source::configurations)));
    EXPECT_TRUE(std::holds_alternative<Command>(arrival.on(Source::commands)));
}

TEST(Interpret, a_missing_conversation_id_is_poison_but_for_configurations) {
    Arrival arrival;
    arrival.headers = {};
    arrival.delivery.properties.reply_to = "a.Result";

    EXPECT_NE(arrival.poison_on(Source::events).find("conversation_id"), std::string::npos);
    EXPECT_NE(arrival.poison_on(Source::commands).find("conversation_id"), std::string::npos);
    EXPECT_TRUE(std::holds_alternative<Configuration>(arrival.on(Source::configurations)));
}

TEST(Interpret, no_headers_at_all_is_a_missing_conversation_id) {
    const amqp::Delivery bare{.routing_key = "Happened"};

    EXPECT_TRUE(std::holds_alternative<Poison>(read(bare, Source::events)));
    EXPECT_TRUE(std::holds_alternative<Configuration>(read(bare, Source::configurations)));
}

TEST(Interpret, conversation_ids_of_other_types_become_text) {
    const auto id_of = [](const auto& value) {
        Arrival arrival;
        arrival.headers.set("conversation_id", value);
        return arrival.as<Event>(Source::events).conversation_id;
    };

    EXPECT_EQ(id_of(std::int64_t{-42}), "-42");
    EXPECT_EQ(id_of(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
    EXPECT_EQ(id_of(as_bytes("bytes")), "bytes");
    EXPECT_EQ(id_of(nullptr), "");
    EXPECT_EQ(id_of(std::string_view()), "");
    EXPECT_EQ(id_of(wire::Table()), "");
}

TEST(Interpret, a_reply_to_makes_a_command_even_with_a_status) {
    Arrival arrival;
    arrival.headers.set("status", "success");
    arrival.delivery.properties.reply_to = "a.Result";

    const auto command = arrival.as<Command>(Source::commands);

    EXPECT_EQ(command.reply_to, "a.Result");
    EXPECT_TRUE(command.metadata.headers.empty());
}

TEST(Interpret, an_empty_reply_to_makes_no_command) {
    Arrival arrival;
    arrival.headers.set("status", "error");
    arrival.delivery.properties.reply_to = "";

    EXPECT_FALSE(arrival.as<Result>(Source::commands).is_success);
}

TEST(Interpret, of_headers_that_come_twice_the_first_counts) {
    wire::Table first;
    wire::Table second;
    first.set("conversation_id", "conv-1").set("status", "success");
    second.set("conversation_id", "conv-2").set("status", "error");
    const wire::Bytes head = first.view().encoded();
    const wire::Bytes tail = second.view().encoded();
    std::vector<std::byte> both(head.begin(), head.end());
    both.insert(both.end(), tail.begin(), tail.end());
    Arrival arrival;
    arrival.delivery.properties.headers = wire::TableView::parse(both);
    arrival.delivery.body_size = arrival.delivery.body.size();

    const auto result = std::get<Result>(read(arrival.delivery, Source::commands));

    EXPECT_EQ(result.conversation_id, "conv-1");
    EXPECT_TRUE(result.is_success);
}

TEST(Interpret, a_conversation_id_that_could_not_be_handed_on_is_poison) {
    Arrival longest;
    longest.headers.set("conversation_id", std::string(2048, 'x'));
    Arrival longer;
    longer.headers.set("conversation_id", std::string(2049, 'x'));

    EXPECT_EQ(longest.as<Event>(Source::events).conversation_id.size(), 2048U);
    EXPECT_NE(longer.poison_on(Source::events).find("conversation_id of 2049 bytes"),
              std::string::npos);
    EXPECT_NE(longer.poison_on(Source::configurations).find("longer than 2048"), std::string::npos);
}

TEST(Interpret, compressed_content_is_poison_that_is_named) {
    Arrival compressed;
    compressed.delivery.properties.content_encoding = "gzip";
    compressed.delivery.body = as_bytes("\x1f\x8b\x08");
    Arrival plain;
    plain.delivery.properties.content_encoding = "UTF-8";

    EXPECT_NE(compressed.poison_on(Source::events).find("content_encoding is \"gzip\""),
              std::string::npos);
    EXPECT_EQ(plain.as<Event>(Source::events).metadata.content_encoding, "UTF-8");
    plain.delivery.body = as_bytes("\xa1");
    EXPECT_NE(plain.poison_on(Source::events).find("truncated"), std::string::npos);
}

TEST(Interpret, neither_reply_to_nor_a_known_status_is_poison) {
    Arrival neither;
    Arrival strange;
    strange.headers.set("status", "maybe");
    Arrival untyped;
    untyped.headers.set("status", std::int64_t{1});

    EXPECT_NE(neither.poison_on(Source::commands).find("neither reply_to nor status"),
              std::string::npos);
    EXPECT_NE(strange.poison_on(Source::commands).find("status"), std::string::npos);
    EXPECT_NE(untyped.poison_on(Source::commands).find("status"), std::string::npos);
}

TEST(Interpret, an_empty_body_is_null_in_either_format) {
    Arrival cbor;
    cbor.delivery.body = {};
    Arrival json;
    json.delivery.body = {};
    json.delivery.properties.content_type = std::nullopt;

    EXPECT_TRUE(cbor.as<Event>(Source::events).payload.is_null());
    EXPECT_TRUE(json.as<Event>(Source::events).payload.is_null());
}

TEST(Interpret, content_without_a_type_is_json) {
    Arrival arrival;
    arrival.delivery.properties.content_type = std::nullopt;
    arrival.delivery.body = as_bytes(R"({"n": 2})");

    const auto event = arrival.as<Event>(Source::events);

    EXPECT_EQ(event.payload["n"].get<int>(), 2);
}

TEST(Interpret, undecodable_content_is_poison) {
    Arrival truncated;
    truncated.delivery.body = as_bytes("\xa1\x61n");
    Arrival mislabelled;
    mislabelled.delivery.properties.content_type = "application/json";
    const std::string nested(60'000, '\x81');
    Arrival deep;
    deep.delivery.body = as_bytes(nested);

    EXPECT_NE(truncated.poison_on(Source::events).find("undecodable"), std::string::npos);
    EXPECT_NE(mislabelled.poison_on(Source::events).find("undecodable"), std::string::npos);
    EXPECT_NE(deep.poison_on(Source::configurations).find("undecodable"), std::string::npos);
}

TEST(Interpret, content_beyond_the_limits_is_poison) {
    Arrival skipped;
    skipped.delivery.body = {};
    skipped.delivery.oversized = true;
    skipped.delivery.body_size = 17'000'000;
    Arrival large;
    large.delivery.properties.headers = large.headers.view();

    EXPECT_NE(skipped.poison_on(Source::events).find("17000000 bytes"), std::string::npos);
    EXPECT_TRUE(std::holds_alternative<Poison>(
        read(large.delivery, Source::events, PayloadLimits{.max_bytes = 3})));
}

TEST(Interpret, properties_that_cannot_be_read_are_poison_on_every_queue) {
    Arrival unreadable;
    unreadable.delivery.has_bad_properties = true;

    EXPECT_NE(unreadable.poison_on(Source::events).find("properties"), std::string::npos);
    EXPECT_NE(unreadable.poison_on(Source::configurations).find("properties"), std::string::npos);
}

TEST(Interpret, a_content_header_that_was_skipped_is_poison_that_names_where_it_came_from) {
    Arrival skipped;
    skipped.headers = {};
    skipped.delivery.exchange = "am-dlx";
    skipped.delivery.routing_key = "pong.Echo";
    skipped.delivery.skipped_header_bytes = 1'200'345;

    EXPECT_EQ(skipped.poison_on(Source::configurations),
              "cannot be read: its content header of 1200345 bytes is too large (exchange "
              "'am-dlx', routing key 'pong.Echo')");
}

TEST(Interpret, the_reason_of_a_poison_names_the_message_in_one_printable_line) {
    const std::string long_key(255, 'k');
    Arrival arrival;
    arrival.headers = {};
    arrival.delivery.routing_key = long_key;
    arrival.delivery.properties.message_id = "m-1\n\x1b[2J\xff\x7fz";

    const std::string reason = arrival.poison_on(Source::events);

    EXPECT_NE(reason.find(R"(message id 'm-1\n\u001b[2J\xff\u007fz')"), std::string::npos)
        << reason;
    EXPECT_NE(reason.find("routing key 'kkk"), std::string::npos) << reason;
    EXPECT_LT(reason.size(), 700U);
}

TEST(Interpret, a_returned_message_is_read_as_it_was_sent) {
    const RecordedMessage golden = recorded("probe.DoIt");
    const amqp::Returned returned{.reply_code = 312,
                                  .reply_text = "NO_ROUTE",
                                  .exchange = "commands",
                                  .routing_key = "probe.DoIt",
                                  .properties = golden.properties(),
                                  .body = as_bytes(golden.body)};

    const ReturnedMessage message = interpret_returned(returned, PayloadLimits{});

    EXPECT_EQ(message.name, "probe.DoIt");
    EXPECT_EQ(message.exchange, "commands");
    EXPECT_EQ(message.conversation_id, "conv-2");
    EXPECT_EQ(message.reply_to, "probe.DoItResult");
    EXPECT_EQ(message.correlation_id, "corr-7");
    EXPECT_EQ(message.reply_code, 312);
    EXPECT_EQ(message.reply_text, "NO_ROUTE");
    EXPECT_EQ(message.payload["name"].get<std::string>(), "café");
}

TEST(Interpret, a_returned_message_that_cannot_be_read_has_null_content) {
    const amqp::Returned returned{.routing_key = "Happened", .body = as_bytes("{")};

    const ReturnedMessage message = interpret_returned(returned, PayloadLimits{});

    EXPECT_EQ(message.name, "Happened");
    EXPECT_TRUE(message.payload.is_null());
}

}  // namespace
}  // namespace eventail::bus
