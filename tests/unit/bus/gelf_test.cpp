// Log records, compared with the Python original's.
#include "bus/gelf.hpp"

#include "unit/bus/recorded_messages.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <span>
#include <string>
#include <vector>

namespace eventail::bus {
namespace {

using Json = nlohmann::ordered_json;

/// Compact, with text as UTF-8: the Python original wrote spaces and escapes.
std::string compact(const std::string& json) { return Json::parse(json).dump(); }

Json written(const LogRecord& record) { return Json::parse(gelf_record(record).json); }

TEST(Gelf, a_record_is_that_of_the_python_original_key_by_key) {
    const RecordedMessage golden = recorded("probe.INFO");

    const GelfRecord ours = gelf_record({.severity = Severity::info,
                                         .short_message = "short",
                                         .full_message = "full text é",
                                         .logical_service = "probe",
                                         .hostname = "vm",
                                         .worker_pid = 8888,
                                         .unix_time = 1795472404.7390127,
                                         .conversation_id = "conv-3",
                                         .fields = {{"extra", 1}, {"_already", "x"}}});

    EXPECT_EQ(ours.json, compact(golden.body));
    EXPECT_EQ(ours.dropped_fields, 0U);
}

TEST(Gelf, a_record_without_details_conversation_and_fields_has_them_empty) {
    const RecordedMessage golden = recorded("probe.WARNING");

    const GelfRecord ours = gelf_record({.severity = Severity::warning,
                                         .short_message = "Shutting down…",
                                         .logical_service = "probe",
                                         .hostname = "vm",
                                         .worker_pid = 8888,
                                         .unix_time = 1795472406.741789});

    EXPECT_EQ(ours.json, compact(golden.body));
}

TEST(Gelf, severities_are_named_as_in_syslog) {
    const std::vector<std::string> names = {"EMERGENCY", "ALERT",  "CRITICAL", "ERROR",
                                            "WARNING",   "NOTICE", "INFO",     "DEBUG"};

    for (std::size_t level = 0; level < names.size(); ++level) {
        const auto severity = static_cast<Severity>(level);
        const Json record = written({.severity = severity});
        EXPECT_EQ(record.at("level"), level);
        EXPECT_EQ(record.at("_levelname"), names[level]);
        EXPECT_EQ(log_routing_key("pong", severity), "pong." + names[level]);
    }
}

TEST(Gelf, fields_named_id_are_dropped_and_counted) {
    const GelfRecord record = gelf_record({.fields = {{"id", 1}, {"_id", 2}, {"idea", 3}}});

    const Json json = Json::parse(record.json);
    EXPECT_FALSE(json.contains("id"));
    EXPECT_FALSE(json.contains("_id"));
    EXPECT_EQ(json.at("_idea"), 3);
    EXPECT_EQ(record.dropped_fields, 2U);
}

TEST(Gelf, a_field_replaces_neither_the_records_own_nor_another_one) {
    const GelfRecord record = gelf_record(
        {.logical_service = "pong",
         .fields = {{"logical_service", "forged"}, {"_worker_pid", 1}, {"x", 1}, {"_x", 2}}});

    const Json json = Json::parse(record.json);
    EXPECT_EQ(json.at("_logical_service"), "pong");
    EXPECT_EQ(json.at("_worker_pid"), 0);
    EXPECT_EQ(json.at("_x"), 1);
    EXPECT_EQ(record.dropped_fields, 3U);
}

TEST(Gelf, fields_of_every_type_are_written) {
    const std::vector<std::byte> bytes{std::byte{0x01}, std::byte{0xff}};

    const Json json = written({.fields = {{"null", nullptr},
                                          {"yes", true},
                                          {"low", std::numeric_limits<std::int64_t>::min()},
                                          {"high", std::numeric_limits<std::uint64_t>::max()},
                                          {"half", 0.5},
                                          {"one", 1.0},
                                          {"text", "\"\\\n\x01é"},
                                          {"list", Value::list({1, Value::list({})})},
                                          {"map", {{"k", {}}}},
                                          {"nan", std::numeric_limits<double>::quiet_NaN()},
                                          {"binary", bytes}}});

    EXPECT_TRUE(json.at("_null").is_null());
    EXPECT_EQ(json.at("_yes"), true);
    EXPECT_EQ(json.at("_low"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(json.at("_high"), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(json.at("_half"), 0.5);
    EXPECT_TRUE(json.at("_one").is_number_float());
    EXPECT_EQ(json.at("_text"), "\"\\\n\x01é");
    EXPECT_EQ(json.at("_list").dump(), "[1,[]]");
    EXPECT_EQ(json.at("_map").dump(), R"({"k":{}})");
    EXPECT_EQ(json.at("_nan"), "NaN");
    EXPECT_EQ(json.at("_binary"), "h'01ff'");
}

TEST(Gelf, fields_that_are_no_map_become_one_field) {
    EXPECT_EQ(written({.fields = 42}).at("_value"), 42);
    EXPECT_TRUE(written({.fields = nullptr}).at("_value").is_null());
}

TEST(Gelf, fields_that_cannot_be_encoded_do_not_lose_the_record) {
    const Json json = written({.short_message = "short", .fields = {{"bad", "\xff"}}});

    EXPECT_EQ(json.at("short_message"), "short");
    EXPECT_TRUE(json.at("_fields_error").is_string());
}

TEST(Gelf, bad_utf8_is_replaced) {
    const Json json = written({.short_message = "a\xff\xc3(\xed\xa0\x80",
                               .hostname = "\x80",
                               .conversation_id = "\xe2\x82"});

    EXPECT_EQ(json.at("short_message"), "a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(json.at("host"), "@\uFFFD");
    EXPECT_EQ(json.at("_conversation_id"), "\uFFFD\uFFFD");
}

TEST(Gelf, long_messages_are_cut_between_characters) {
    const std::string text = 'x' + std::string(300'000, 'y');
    std::string umlauts;
    for (int i = 0; i < 100'000; ++i) umlauts += "ü";

    const GelfRecord record = gelf_record({.short_message = "x" + umlauts, .full_message = text});

    const Json json = Json::parse(record.json);
    EXPECT_EQ(json.at("short_message").get<std::string>().size(), 32 * 1024 - 1);
    EXPECT_EQ(json.at("full_message").get<std::string>().size(), 128 * 1024);
    EXPECT_EQ(json.at("_truncated"), true);
    EXPECT_LE(record.json.size(), max_gelf_bytes);
}

TEST(Gelf, fields_that_do_not_fit_are_left_out) {
    const std::string large(max_gelf_bytes, 'x');

    const GelfRecord record =
        gelf_record({.fields = {{"before", 1}, {"large", large}, {"after", 2}}});

    const Json json = Json::parse(record.json);
    EXPECT_EQ(json.at("_before"), 1);
    EXPECT_EQ(json.at("_after"), 2);
    EXPECT_FALSE(json.contains("_large"));
    EXPECT_EQ(json.at("_truncated"), true);
}

TEST(Gelf, nothing_makes_a_record_too_long) {
    const std::string control(1'000'000, '\x01');
    const std::vector<int> many(20'000, 1'000'000);

    const GelfRecord record = gelf_record({.short_message = control,
                                           .full_message = control,
                                           .logical_service = control,
                                           .hostname = control,
                                           .conversation_id = control,
                                           .fields = {{"a", many}, {"b", "x"}, {control, 1}}});

    EXPECT_LE(record.json.size(), max_gelf_bytes);
    EXPECT_TRUE(Json::accept(record.json));
}

}  // namespace
}  // namespace eventail::bus
