// Ways to write content: each notation that Value promises, and the traps of braces.
#include "payload/payload_codec.hpp"
#include "payload_hex.hpp"
#include <eventail/payload.hpp>

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using eventail::Errc;
using eventail::Error;
using eventail::Field;
using eventail::Payload;
using eventail::PayloadLimits;
using eventail::PayloadView;
using eventail::Value;
using eventail::test::code_of;
using eventail::test::hex;

std::string shown(Value value) { return Payload(std::move(value)).dump(); }

std::string encoded(Value value) {
    const Payload payload(std::move(value));
    return hex(payload.cbor());
}

enum Unscoped { unscoped };
enum class Scoped { scoped };
struct Unknown {};
static_assert(!eventail::detail::encodable<Unscoped>());
static_assert(!eventail::detail::encodable<Scoped>());
static_assert(!eventail::detail::encodable<char>());
static_assert(!eventail::detail::encodable<Unknown>());
static_assert(!eventail::detail::encodable<void*>());
static_assert(!eventail::detail::encodable<int*>());
static_assert(!eventail::detail::encodable<std::vector<Unknown>>());
static_assert(!eventail::detail::encodable<std::map<int, int>>());
__extension__ typedef __int128 Int128;
static_assert(!eventail::detail::encodable<Int128>());
static_assert(!eventail::detail::encodable<long double>());

TEST(PayloadValue, a_map_is_written_from_braces) {
    const long long now = 1700000000;

    EXPECT_EQ(shown({{"unix_time", now}, {"tags", Value::list({"a", "b"})}}),
              R"({"unix_time":1700000000,"tags":["a","b"]})");
}

TEST(PayloadValue, maps_nest_in_braces) {
    EXPECT_EQ(shown({{"k", {{"x", 1}}}}), R"({"k":{"x":1}})");
    EXPECT_EQ(shown({{"a", {{"b", {{"c", {{"d", true}}}}}}}}), R"({"a":{"b":{"c":{"d":true}}}})");
}

TEST(PayloadValue, a_string_object_is_text) {
    const std::string some_text = "echo, echo";

    EXPECT_EQ(shown({{"echo", some_text}}), R"({"echo":"echo, echo"})");
    EXPECT_EQ(shown({{"echo", std::string("a temporary that is longer than any small buffer")}}),
              R"({"echo":"a temporary that is longer than any small buffer"})");
    EXPECT_EQ(shown({{some_text, 1}}), R"({"echo, echo":1})");
}

TEST(PayloadValue, a_single_value_needs_no_braces) {
    EXPECT_EQ(shown("text"), R"("text")");
    EXPECT_EQ(shown(42), "42");
    EXPECT_EQ(shown(-1), "-1");
    EXPECT_EQ(shown(0.5), "0.5");
    EXPECT_EQ(shown(true), "true");
    EXPECT_EQ(shown(nullptr), "null");
}

TEST(PayloadValue, empty_braces_are_the_empty_map) {
    EXPECT_EQ(shown({}), "{}");
    EXPECT_EQ(shown({{"k", {}}}), R"({"k":{}})");
    EXPECT_EQ(Payload{}.dump(), "{}");
    EXPECT_EQ(Payload({}).dump(), "{}");
}

TEST(PayloadValue, two_texts_in_double_braces_are_a_map_of_one_entry) {
    EXPECT_EQ(shown({{"a", "b"}}), R"({"a":"b"})");
    EXPECT_EQ(shown({{"a", "b"}, {"c", "d"}}), R"({"a":"b","c":"d"})");
}

TEST(PayloadValue, a_pointer_to_characters_is_never_a_boolean) {
    const char* const text = "x";
    const char* const nothing = nullptr;

    EXPECT_EQ(shown(text), R"("x")");
    EXPECT_EQ(shown({{"k", text}}), R"({"k":"x"})");
    EXPECT_EQ(shown({{"k", nothing}}), R"({"k":null})");
}

TEST(PayloadValue, a_list_holds_values_of_any_type) {
    EXPECT_EQ(shown(Value::list({1, "two", nullptr, {{"three", 3}}, {}, Value::list({})})),
              R"([1,"two",null,{"three":3},{},[]])");
}

TEST(PayloadValue, ranges_are_lists) {
    const std::array<int, 2> array{1, 2};
    const std::vector<bool> flags{true, false};

    EXPECT_EQ(shown(std::vector<std::string>{"a", "b"}), R"(["a","b"])");
    EXPECT_EQ(shown(array), "[1,2]");
    EXPECT_EQ(shown(std::span<const int>(array)), "[1,2]");
    EXPECT_EQ(shown(flags), "[true,false]");
    EXPECT_EQ(shown({{"k", std::vector<std::vector<int>>{{1}, {2, 3}, {}}}}),
              R"({"k":[[1],[2,3],[]]})");
    EXPECT_EQ(shown(std::vector<std::uint8_t>{1, 2}), "[1,2]");
}

TEST(PayloadValue, associative_containers_are_maps) {
    EXPECT_EQ(shown(std::map<std::string, int>{{"b", 2}, {"a", 1}}), R"({"a":1,"b":2})");
    EXPECT_EQ(shown(std::unordered_map<std::string, std::vector<int>>{{"a", {1}}}), R"({"a":[1]})");
}

TEST(PayloadValue, an_empty_optional_is_null) {
    EXPECT_EQ(shown(std::optional<int>(7)), "7");
    EXPECT_EQ(shown({{"k", std::optional<std::string>()}}), R"({"k":null})");
}

TEST(PayloadValue, bytes_are_binary) {
    const std::vector<std::byte> bytes{std::byte{0}, std::byte{0xff}};

    EXPECT_EQ(shown(bytes), "h'00ff'");
    EXPECT_EQ(shown({{"k", std::span<const std::byte>(bytes)}}), R"({"k":h'00ff'})");
    EXPECT_EQ(encoded(bytes), "4200ff");
}

TEST(PayloadValue, payloads_and_views_are_spliced_in) {
    const Payload payload{{"caller", {{"name", "ping"}}}, {"n", 1}};

    EXPECT_EQ(shown(payload), R"({"caller":{"name":"ping"},"n":1})");
    EXPECT_EQ(shown(payload["caller"]), R"({"name":"ping"})");
    EXPECT_EQ(shown({{"again", payload}, {"who", payload["caller"]["name"]}, {"z", 0}}),
              R"({"again":{"caller":{"name":"ping"},"n":1},"who":"ping","z":0})");
    EXPECT_EQ(shown(std::vector<Payload>{payload["n"].get<Payload>(), Payload{}}), "[1,{}]");
}

TEST(PayloadValue, integers_of_every_width_keep_their_value) {
    EXPECT_EQ(shown(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(shown(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    EXPECT_EQ(shown(std::int8_t{-128}), "-128");
    EXPECT_EQ(shown(std::uint8_t{65}), "65");
    EXPECT_EQ(encoded(-25), "3818");
    EXPECT_EQ(encoded(65536), "1a00010000");
}

TEST(PayloadValue, floats_take_eight_bytes) { EXPECT_EQ(encoded(1.5F), "fb3ff8000000000000"); }

TEST(PayloadValue, text_that_is_not_utf8_is_refused_with_its_key) {
    try {
        const Payload payload{{"good", 1}, {"bad", "\xc3\x28"}};
        FAIL() << payload.dump();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::invalid_payload);
        EXPECT_NE(std::string(error.what()).find("\"bad\""), std::string::npos) << error.what();
    }
}

TEST(PayloadValue, every_form_of_bad_utf8_is_refused) {
    for (const char* const bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                                  "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                                  "\xff", "\xe2\x82", "abcdefgh\xc3", "\xf0\x9f\x98 "}) {
        EXPECT_EQ(code_of([bad] { return Payload(bad); }), Errc::invalid_payload) << bad;
    }
    EXPECT_EQ(shown("é日本語😀 \xf4\x8f\xbf\xbf \xed\x9f\xbf"),
              "\"é日本語😀 \xf4\x8f\xbf\xbf \xed\x9f\xbf\"");
}

TEST(PayloadValue, the_depth_of_what_is_written_is_limited) {
    const PayloadLimits limits{.max_depth = 2};

    EXPECT_NO_THROW(Payload({{"a", Value::list({1})}}, limits));
    EXPECT_EQ(code_of([&] {
                  return Payload({{"a", {{"b", {{"c", 1}}}}}}, limits);
              }),
              Errc::too_deep);
}

TEST(PayloadValue, spliced_content_counts_towards_the_depth) {
    const Payload two_deep{{"a", {{"b", 1}}}};
    const PayloadLimits limits{.max_depth = 2};

    EXPECT_NO_THROW(Payload(Value(two_deep), limits));
    EXPECT_EQ(code_of([&] { return Payload({{"k", two_deep}}, limits); }), Errc::too_deep);
    EXPECT_EQ(code_of([&] { return Payload(Value(two_deep), {.max_depth = 1}); }), Errc::too_deep);
}

TEST(PayloadValue, the_size_of_what_is_written_is_limited_to_the_byte) {
    EXPECT_NO_THROW(Payload("123456789", {.max_bytes = 10}));
    EXPECT_EQ(code_of([] { return Payload("1234567890", {.max_bytes = 10}); }),
              Errc::payload_too_large);
}

TEST(PayloadValue, a_refused_value_leaves_the_sink_as_it_was) {
    eventail::wire::Buffer buffer;
    *buffer.grow(1) = std::byte{7};

    const auto encode = [&] {
        return eventail::payload::encode_cbor({{"k", std::string(1000, 'x')}, {"bad", "\xff"}},
                                              buffer, {});
    };

    EXPECT_EQ(code_of(encode), Errc::invalid_payload);
    EXPECT_EQ(hex(buffer.view()), "07");
}

TEST(PayloadValue, encoding_appends_to_the_sink_and_returns_the_size) {
    eventail::wire::Buffer buffer;
    *buffer.grow(1) = std::byte{7};

    EXPECT_EQ(eventail::payload::encode_cbor({{"a", 1}}, buffer, {}), 4U);
    EXPECT_EQ(hex(buffer.view()), "07a1616101");
}

TEST(PayloadValue, only_a_payload_is_already_encoded) {
    const Payload json = Payload::from_json(R"({ "a" : 1 })");

    const auto encoded = eventail::payload::already_encoded(json);

    ASSERT_TRUE(encoded.has_value());
    EXPECT_EQ(encoded->content_type, "application/json");
    EXPECT_EQ(encoded->bytes.data(), json.bytes().data());
    EXPECT_FALSE(eventail::payload::already_encoded(json["a"]).has_value());
    EXPECT_FALSE(eventail::payload::already_encoded({{"a", json}}).has_value());
    EXPECT_EQ(code_of([&] { return eventail::payload::already_encoded(json, {.max_depth = 0}); }),
              Errc::too_deep);
    EXPECT_EQ(code_of([&] { return eventail::payload::already_encoded(json, {.max_bytes = 5}); }),
              Errc::payload_too_large);
}

struct Point {
    int x = 0;
    int y = 0;
};

}  // namespace

template <>
struct eventail::Codec<Point> {
    static void encode(const Point& point, PayloadWriter& writer) {
        writer.write({{"x", point.x}, {"y", point.y}});
    }
    static Point decode(PayloadView view) { return {view["x"].get<int>(), view["y"].get<int>()}; }
};

namespace {

TEST(PayloadValue, a_type_with_a_codec_is_written_and_read) {
    const Payload payload{{"points", std::vector<Point>{{1, 2}, {3, 4}}}, {"at", Point{5, 6}}};

    EXPECT_EQ(payload.dump(), R"({"points":[{"x":1,"y":2},{"x":3,"y":4}],"at":{"x":5,"y":6}})");
    EXPECT_EQ(payload["points"].get<std::vector<Point>>().at(1).y, 4);
    EXPECT_EQ(payload["at"].get<Point>().x, 5);
}

}  // namespace
