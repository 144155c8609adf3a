// JSON text in, kept as received and read as CBOR; JSON text out.
#include "payload/payload_codec.hpp"
#include "payload_hex.hpp"
#include <eventail/json.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using eventail::Errc;
using eventail::json;
using eventail::Payload;
using eventail::PayloadLimits;
using eventail::Value;
using eventail::test::code_of;
using eventail::test::hex;

std::string as_json(Value value, const PayloadLimits& limits = {}) {
    eventail::wire::Buffer buffer;
    const std::size_t size = eventail::payload::encode_json(value, buffer, limits);
    EXPECT_EQ(size, buffer.size());
    return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
}

std::string transcoded(std::string_view text) {
    const Payload payload = Payload::from_json(text);
    return hex(payload.cbor());
}

std::error_code refusal(std::string_view text, const PayloadLimits& limits = {}) {
    return code_of([&] { return Payload::from_json(text, limits); });
}

TEST(JsonText, is_read_as_the_cbor_that_would_have_been_written) {
    EXPECT_EQ(transcoded(R"({"unix_time":1700000000})"), "a169756e69785f74696d651a6553f100");
    EXPECT_EQ(transcoded(R"([null, true, false, -1, 0.5, 1e2, "é\u00e9", {}, []])"),
              "89f6f5f420fb3fe0000000000000fb405900000000000064c3a9c3a9a080");
    EXPECT_EQ(transcoded("7"), "07");
    EXPECT_EQ(transcoded(""), "f6");
}

TEST(JsonText, keeps_the_original_text) {
    const std::string_view text = R"({ "b" : 1.50, "a" : 2 })";

    const Payload payload = Payload::from_json(text);

    EXPECT_EQ(payload.content_type(), "application/json");
    EXPECT_EQ(hex(payload.bytes()), hex(std::as_bytes(std::span(text))));
    EXPECT_EQ(payload.dump(), R"({"b":1.5,"a":2})");
}

TEST(JsonText, of_duplicate_keys_the_last_one_counts) {
    EXPECT_EQ(transcoded(R"({"a":1,"b":2,"a":3})"), "a2616202616103");
}

TEST(JsonText, malformed_text_is_refused) {
    for (const char* const text :
         {"{", "[1,]", "{\"a\"}", "nul", "NaN", "Infinity", "-Infinity", "01", "'a'", "[1] 2",
          "\"\xc3\x28\"", "\"\xed\xa0\x80\"", R"("\ud800")", "\"\x01\"", "// c\n1", " ", "+1"}) {
        EXPECT_EQ(refusal(text), Errc::invalid_payload) << text;
    }
    EXPECT_EQ(refusal(std::string_view("1\0garbage", 9)), Errc::invalid_payload);
    EXPECT_EQ(refusal(std::string_view("\0", 1)), Errc::invalid_payload);
}

TEST(JsonText, integers_beyond_64_bits_are_refused_and_do_not_become_floats) {
    EXPECT_EQ(transcoded("18446744073709551615"), "1bffffffffffffffff");
    EXPECT_EQ(transcoded("-9223372036854775808"), "3b7fffffffffffffff");
    EXPECT_EQ(refusal("18446744073709551616"), Errc::invalid_payload);
    EXPECT_EQ(refusal("-9223372036854775809"), Errc::invalid_payload);
    EXPECT_EQ(refusal("[1,1e999]"), Errc::invalid_payload);
}

TEST(JsonText, the_depth_limit_is_that_of_cbor) {
    EXPECT_EQ(refusal(std::string(64, '[') + std::string(64, ']')), std::error_code());
    EXPECT_EQ(refusal(std::string(65, '[') + std::string(65, ']')), Errc::too_deep);
    EXPECT_EQ(refusal(std::string(60000, '[')), Errc::too_deep);
}

TEST(JsonText, the_size_limit_bounds_the_text_and_what_it_becomes) {
    EXPECT_EQ(refusal("[0.5,0.5]", {.max_bytes = 19}), std::error_code());
    EXPECT_EQ(refusal("[0.5,0.5]", {.max_bytes = 18}), Errc::payload_too_large);
    EXPECT_EQ(refusal("[         1]", {.max_bytes = 11}), Errc::payload_too_large);
}

TEST(JsonText, an_error_names_offset_and_reason_but_not_the_text) {
    try {
        static_cast<void>(Payload::from_json(R"({"a": secret})"));
        FAIL();
    } catch (const eventail::Error& error) {
        EXPECT_STREQ(error.what(),
                     "undecodable payload at byte 7: parse error at line 1, column "
                     "7: syntax error while parsing value - invalid literal");
    }
}

TEST(JsonText, is_written_compact_in_utf8_and_in_the_order_of_the_keys) {
    EXPECT_EQ(as_json({{"b", "é日😀"}, {"a", Value::list({1, -2, nullptr, true})}, {"c", {}}}),
              R"({"b":"é日😀","a":[1,-2,null,true],"c":{}})");
}

TEST(JsonText, control_characters_are_escaped) {
    EXPECT_EQ(as_json("\"\\/\b\f\n\r\t\x01\x1f\x7f"), R"("\"\\/\b\f\n\r\t\u0001\u001f)"
                                                      "\x7f\"");
}

TEST(JsonText, floats_are_written_shortest_and_stay_floats) {
    EXPECT_EQ(as_json(Value::list({1.0, 0.1, -0.0, 1e300, 5e-324, 1e22, 1e5})),
              "[1.0,0.1,-0.0,1e+300,5e-324,1e+22,1e+05]");
}

TEST(JsonText, what_json_has_no_word_for_is_an_error) {
    const std::vector<std::byte> bytes(3);

    EXPECT_EQ(code_of([&] { return as_json({{"k", bytes}}); }), Errc::invalid_payload);
    EXPECT_EQ(code_of([&] { return as_json(std::nan("")); }), Errc::invalid_payload);
    EXPECT_EQ(code_of([&] { return as_json(-std::numeric_limits<double>::infinity()); }),
              Errc::invalid_payload);
}

TEST(JsonText, what_is_written_keeps_to_the_limits) {
    eventail::wire::Buffer buffer;

    EXPECT_EQ(as_json("12345678", {.max_bytes = 10}), "\"12345678\"");
    EXPECT_EQ(code_of([&] {
                  return eventail::payload::encode_json("\n\n\n\n\n", buffer, {.max_bytes = 10});
              }),
              Errc::payload_too_large);
    EXPECT_EQ(buffer.size(), 0U);
    EXPECT_EQ(code_of([&] { return as_json({{"a", {}}}, {.max_depth = 1}); }), Errc::too_deep);
}

TEST(JsonTree, goes_in_and_comes_out_the_same) {
    const json tree = {{"text", "é"},
                       {"list", {1, -2, 0.5, nullptr, true}},
                       {"map", {{"x", json::object()}}},
                       {"big", 18446744073709551615U},
                       {"binary", json::binary({0, 255})}};

    const Payload payload(tree);

    EXPECT_EQ(payload.json(), tree);
    EXPECT_TRUE(payload["binary"].is_binary());
    EXPECT_EQ(payload["map"].json().dump(), R"({"x":{}})");
    EXPECT_EQ(Payload({{"k", tree["list"]}}).dump(), R"({"k":[1,-2,0.5,null,true]})");
}

TEST(JsonTree, keeps_the_order_of_an_ordered_tree) {
    const auto tree = nlohmann::ordered_json::parse(R"({"b":1,"a":2})");

    EXPECT_EQ(Payload(tree).dump(), R"({"b":1,"a":2})");
    EXPECT_EQ(Payload(tree).get<nlohmann::ordered_json>().dump(), R"({"b":1,"a":2})");
}

TEST(JsonTree, is_refused_where_it_cannot_be_content) {
    const json discarded = json::parse("{", nullptr, false);
    json deep;
    for (int i = 0; i < 100; ++i) deep = json::array({deep});

    EXPECT_EQ(code_of([&] { return Payload(discarded); }), Errc::invalid_payload);
    EXPECT_EQ(code_of([&] { return Payload(json("\xff")); }), Errc::invalid_payload);
    EXPECT_EQ(code_of([&] { return Payload(deep); }), Errc::too_deep);
}

}  // namespace
