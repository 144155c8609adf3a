#include "tools/message_text.hpp"

#include "tools/log_text.hpp"
#include "tools/ring.hpp"
#include <eventail/payload.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace eventail::tools {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

BusMessage message(const std::string& exchange, const std::string& key, const std::string& json) {
    return {.received = system_clock::time_point(1767225599042ms),
            .exchange = exchange,
            .routing_key = key,
            .content_type = "application/json",
            .body = json,
            .body_bytes = json.size()};
}

std::string line(const BusMessage& message, const OutputStyle& style = {}) {
    return line_of(message, content_of(message), style);
}

LogLine log(const std::string& key, const std::string& json) {
    const BusMessage record = message("logs", key, json);
    return read_log(record, content_of(record));
}

TEST(Messages, are_told_apart_as_the_protocol_says) {
    BusMessage each = message("commands", "a.B", "");
    EXPECT_EQ(each.kind(), MessageKind::invalid);
    each.status = "success";
    EXPECT_EQ(each.kind(), MessageKind::result);
    each.reply_to = "c.D";
    EXPECT_EQ(each.kind(), MessageKind::command);
    EXPECT_EQ(message("events", "A", "").kind(), MessageKind::event);
    EXPECT_EQ(message("configurations", "A", "").kind(), MessageKind::configuration);
}

TEST(MessageLine, is_cut_to_the_width_of_a_terminal_but_not_in_a_pipe) {
    const BusMessage event =
        message("events", "OrderPlaced", "{\"text\": \"" + std::string(300, 'x') + "\"}");

    EXPECT_EQ(columns_of(line(event, {.columns = 80})), 80u);
    EXPECT_EQ(columns_of(line(event, {.columns = 200})), 200u);
    EXPECT_GT(line(event).size(), 300u);
}

TEST(MessageLine, keeps_its_columns_on_a_terminal_beside_a_long_name) {
    const BusMessage event = message("events", std::string(100, 'n'), "{\"a\": 1}");

    EXPECT_NE(
        line(event, {.columns = 80}).find(" " + std::string(19, 'n') + "… -        {\"a\":1}"),
        std::string::npos);
    EXPECT_NE(line(event).find(std::string(100, 'n')), std::string::npos);
}

TEST(MessageLine, shows_the_beginning_of_a_long_id_on_a_terminal) {
    BusMessage event = message("events", "A", "1");
    event.conversation_id = "5f9d0c5e-97a1-4b1f";

    EXPECT_NE(line(event, {.columns = 200}).find(" 5f9d0c5e-97… "), std::string::npos);
    EXPECT_NE(line(event).find(" 5f9d0c5e-97a1-4b1f "), std::string::npos);
}

TEST(MessageLine, of_content_with_an_encoding_names_it) {
    BusMessage event = message("events", "A", "\x1f\x8b");
    event.content_encoding = "gzip";

    EXPECT_NE(line(event).find("its content encoding is gzip"), std::string::npos);
}

TEST(LogLine, is_read_from_a_record) {
    const LogLine line = log("shop.ERROR", R"({"short_message": "no", "full_message": "no",
        "level": 4, "timestamp": 1700000000.5, "_logical_service": "web", "_n": 1, "x": "y",
        "_conversation_id": "c"})");

    EXPECT_EQ(line.time, system_clock::time_point(1700000000500ms));
    EXPECT_EQ(line.severity, Severity::warning);
    EXPECT_EQ(line.service, "web");
    EXPECT_EQ(line.conversation_id, "c");
    EXPECT_EQ(line.text, "no");
    EXPECT_EQ(line.details, "");
    EXPECT_EQ(line.fields, "n: 1, x: y");
}

TEST(LogLine, falls_back_to_the_routing_key_and_the_time_it_came) {
    for (const char* json : {"{}", "[1]", "\xff", R"({"level": -1, "timestamp": 1e300})"}) {
        const LogLine line = log("my.shop.ERROR", json);

        EXPECT_EQ(line.severity, Severity::error) << json;
        EXPECT_EQ(line.service, "my.shop") << json;
        EXPECT_EQ(line.time, system_clock::time_point(1767225599042ms)) << json;
    }
}

TEST(LogLine, is_cut_to_the_width_of_a_terminal) {
    const LogLine line =
        log("shop.INFO", R"({"short_message": "a", "_n": ")" + std::string(300, 'x') + "\"}");

    EXPECT_EQ(columns_of(text_of(line, {.columns = 80})), 80u);
}

TEST(LogSelection, asks_the_broker_for_little_more_than_it_selects) {
    EXPECT_EQ(LogSelection{}.keys(), std::vector<std::string>{"#"});
    EXPECT_EQ(LogSelection{.service = "shop"}.keys(), std::vector<std::string>{"shop.*"});
    EXPECT_EQ((LogSelection{.least = Severity::alert, .service = "shop"}.keys()),
              (std::vector<std::string>{"shop.EMERGENCY", "shop.ALERT"}));
    EXPECT_EQ((LogSelection{.least = Severity::emergency}.keys()),
              std::vector<std::string>{"#.EMERGENCY"});
}

TEST(Severities, are_read_in_several_ways) {
    EXPECT_EQ(severity_in("warn"), Severity::warning);
    EXPECT_EQ(severity_in("Error"), Severity::error);
    EXPECT_EQ(severity_in("7"), Severity::debug);
    EXPECT_EQ(severity_in("8"), std::nullopt);
    EXPECT_EQ(severity_in(""), std::nullopt);
}

TEST(Times, are_durations_ago_or_rfc_3339) {
    const system_clock::time_point now(1700000000s);

    EXPECT_EQ(time_in("90s", now), now - 90s);
    EXPECT_EQ(time_in("2h", now), now - 2h);
    EXPECT_EQ(time_in("2023-11-14T22:13:20Z", now), now);
    EXPECT_EQ(time_in("yesterday", now), std::nullopt);
    EXPECT_EQ(time_in("10", now), std::nullopt);
}

struct Thing {
    int number = 0;
    std::size_t bytes = 1;
    std::size_t size_bytes() const { return bytes; }
};

TEST(Ring, keeps_the_newest_and_counts_what_it_dropped) {
    Ring<Thing> ring(2, 1000);

    for (int number = 1; number <= 5; ++number) ring.push({.number = number});

    EXPECT_EQ(ring.take_dropped(), 3u);
    EXPECT_EQ(ring.take_dropped(), 0u);
    EXPECT_EQ(ring.pop()->number, 4);
    EXPECT_EQ(ring.pop()->number, 5);
    EXPECT_FALSE(ring.pop());
}

TEST(Ring, is_bounded_in_bytes_but_takes_one_that_is_larger) {
    Ring<Thing> ring(100, 10);

    ring.push({.number = 1, .bytes = 6});
    ring.push({.number = 2, .bytes = 6});
    EXPECT_EQ(ring.take_dropped(), 1u);
    ring.push({.number = 3, .bytes = 50});
    EXPECT_EQ(ring.take_dropped(), 1u);
    EXPECT_EQ(ring.pop()->number, 3);
}

}  // namespace
}  // namespace eventail::tools
