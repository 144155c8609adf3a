#include "service/local_log.hpp"

#include "support/local_log.hpp"
#include <eventail/codec.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>
#include <string>

namespace eventail::service {
namespace {

std::string line_of(std::string_view text, const LogContext& context = {}) {
    const test::LocalLog log;
    log_locally(Severity::warning, "shop", text, context);
    return log.text();
}

struct Unsayable {};

}  // namespace
}  // namespace eventail::service

template <>
struct eventail::Codec<eventail::service::Unsayable> {
    static void encode(const service::Unsayable&, PayloadWriter&) { throw 17; }
};

namespace eventail::service {
namespace {

TEST(LocalLog, is_one_line_that_says_who_how_bad_and_what) {
    EXPECT_EQ(line_of("sold out"), "shop: WARNING: sold out\n");
}

TEST(LocalLog, says_the_conversation_and_the_fields_too) {
    EXPECT_EQ(line_of("sold out", {.conversation_id = "c-1",
                                   .fields = {{"sku", "A 1"}, {"left", 0}, {"of", {{"n", 2}}}}}),
              "shop: WARNING: sold out [conversation_id: c-1, sku: A 1, left: 0, of: "
              R"({\"n\":2}])"
              "\n");
    EXPECT_EQ(line_of("sold out", {.fields = 7}), "shop: WARNING: sold out [value: 7]\n");
}

TEST(LocalLog, is_bounded_however_much_the_fields_hold) {
    const std::string large(100'000, 'x');
    const std::string line = line_of("large", {.fields = {{"a", large}, {"b", large}, {large, 1}}});

    EXPECT_LT(line.size(), 10'000u);
    EXPECT_NE(line.find("b: "), std::string::npos);
}

TEST(LocalLog, is_written_whatever_its_fields_throw) {
    EXPECT_EQ(
        line_of("sold out", {.fields = Unsayable()}),
        "shop: WARNING: sold out [_fields_error: an exception that is not a std::exception]\n");
}

TEST(LocalLog, lets_nothing_steer_a_terminal_or_end_a_line) {
    EXPECT_EQ(line_of("a\nb\x1b[2J\u009b\u202e\u2028\xff", {.conversation_id = "c\r"}),
              R"(shop: WARNING: a\nb\u001b[2J\u009b\u202e\u2028\\xff [conversation_id: c\r])"
              "\n");
}

TEST(LocalLog, is_valid_json_in_a_pattern_for_json_lines) {
    std::ostringstream out;
    const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(out);
    spdlog::drop("eventail");
    spdlog::register_logger(std::make_shared<spdlog::logger>("eventail", sink));
    spdlog::get("eventail")->set_pattern(R"({"level":"%l","text":"%v"})");

    log_locally(Severity::error, "shop", "said \"no\" at C:\\x\n\xff", {.fields = {{"q", "\""}}});
    spdlog::drop("eventail");

    const auto line = nlohmann::json::parse(out.str());
    EXPECT_EQ(line["level"], "error");
    EXPECT_EQ(line["text"], "shop: ERROR: said \"no\" at C:\\x\n\\xff [q: \"]");
}

}  // namespace
}  // namespace eventail::service
