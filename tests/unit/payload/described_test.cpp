// Described structs and enums: their form in a payload, both ways.
#include "payload_hex.hpp"
#include <eventail/described.hpp>
#include <eventail/json.hpp>

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace described_test {

using eventail::Errc;
using eventail::Payload;
using eventail::PayloadView;
using eventail::Value;
using eventail::test::code_of;
using eventail::test::hex;
using eventail::test::unhex;

BOOST_DEFINE_ENUM_CLASS(State, open, closed, broken)

struct Caller {
    std::string name = {};
    std::vector<int> tags = {};
    bool operator==(const Caller&) const = default;
};
BOOST_DESCRIBE_STRUCT(Caller, (), (name, tags))

struct SecondTicked {
    std::int64_t unix_time = 0;
    Caller caller = {};
    std::optional<std::string> note = {};
    bool operator==(const SecondTicked&) const = default;
};
BOOST_DESCRIBE_STRUCT(SecondTicked, (), (unix_time, caller, note))

struct Everything {
    bool flag = false;
    std::int8_t i8 = 0;
    std::int16_t i16 = 0;
    std::int32_t i32 = 0;
    std::int64_t i64 = 0;
    std::uint8_t u8 = 0;
    std::uint16_t u16 = 0;
    std::uint32_t u32 = 0;
    std::uint64_t u64 = 0;
    float single = 0;
    double real = 0;
    std::string text = {};
    std::vector<std::byte> bytes = {};
    std::array<std::byte, 2> two_bytes = {};
    std::vector<std::string> list = {};
    std::list<bool> flags = {};
    std::vector<bool> bits = {};
    std::set<int> numbers = {};
    std::array<int, 2> pair_of_ints = {};
    std::pair<int, std::string> pair = {};
    std::tuple<int, double, bool> tuple = {};
    std::map<std::string, double> map = {};
    std::unordered_map<std::string, std::vector<int>> lists = {};
    std::optional<int> some = {};
    std::optional<int> none = {};
    State state = State::open;
    std::vector<State> states = {};
    Caller caller = {};
    std::vector<Caller> callers = {};
    std::map<std::string, Caller> by_name = {};
    std::variant<std::monostate, std::int64_t, std::string, Caller> either = {};
    Payload any = {};
};
BOOST_DESCRIBE_STRUCT(Everything, (),
                      (flag, i8, i16, i32, i64, u8, u16, u32, u64, single, real, text, bytes,
                       two_bytes, list, flags, bits, numbers, pair_of_ints, pair, tuple, map, lists,
                       some, none, state, states, caller, callers, by_name, either, any))

Everything full() {
    return {.flag = true,
            .i8 = -128,
            .i16 = -32768,
            .i32 = std::numeric_limits<std::int32_t>::min(),
            .i64 = std::numeric_limits<std::int64_t>::min(),
            .u8 = 255,
            .u16 = 65535,
            .u32 = 4294967295U,
            .u64 = std::numeric_limits<std::uint64_t>::max(),
            .single = 0.5F,
            .real = 0.1,
            .text = "é \n\"",
            .bytes = {std::byte{0}, std::byte{255}},
            .two_bytes = {std::byte{1}, std::byte{2}},
            .list = {"a", ""},
            .flags = {true, false},
            .bits = {false, true},
            .numbers = {3, 1},
            .pair_of_ints = {7, 8},
            .pair = {9, "nine"},
            .tuple = {1, 2.5, true},
            .map = {{"x", 1}, {"y", 2}},
            .lists = {{"l", {1, 2}}},
            .some = 5,
            .none = {},
            .state = State::closed,
            .states = {State::broken, State::open},
            .caller = {"ping", {1}},
            .callers = {{"a", {}}, {"b", {2, 3}}},
            .by_name = {{"c", {"c", {}}}},
            .either = Caller{"d", {4}},
            .any = {{"k", Value::list({1, nullptr})}}};
}

constexpr std::string_view full_text =
    R"({"flag":true,"i8":-128,"i16":-32768,"i32":-2147483648,"i64":-9223372036854775808,)"
    R"("u8":255,"u16":65535,"u32":4294967295,"u64":18446744073709551615,"single":0.5,"real":0.1,)"
    R"("text":"é \n\"","bytes":h'00ff',"two_bytes":h'0102',"list":["a",""],"flags":[true,false],)"
    R"("bits":[false,true],"numbers":[1,3],"pair_of_ints":[7,8],"pair":[9,"nine"],)"
    R"("tuple":[1,2.5,true],"map":{"x":1.0,"y":2.0},"lists":{"l":[1,2]},"some":5,"none":null,)"
    R"("state":"closed","states":["broken","open"],"caller":{"name":"ping","tags":[1]},)"
    R"("callers":[{"name":"a","tags":[]},{"name":"b","tags":[2,3]}],)"
    R"("by_name":{"c":{"name":"c","tags":[]}},"either":{"name":"d","tags":[4]},)"
    R"("any":{"k":[1,null]}})";

/// The same map with its keys from z to a.
Payload backwards(const Payload& payload) {
    std::map<std::string_view, PayloadView, std::greater<>> entries;
    for (const auto& [key, value] : payload.entries()) entries.emplace(key, value);
    return Payload(entries);
}

std::string encoded(Value value) {
    const Payload payload(std::move(value));
    return hex(payload.cbor());
}

TEST(Described, a_struct_is_a_map_of_its_fields_in_their_order) {
    const SecondTicked tick{.unix_time = 1700000000, .caller = {"clock", {1, 2}}};

    EXPECT_EQ(Payload(tick).dump(),
              R"({"unix_time":1700000000,"caller":{"name":"clock","tags":[1,2]},"note":null})");
}

TEST(Described, every_kind_of_field_is_written) { EXPECT_EQ(Payload(full()).dump(), full_text); }

TEST(Described, every_kind_of_field_is_read_back) {
    const Payload payload(full());

    const auto read = payload.get<Everything>();

    EXPECT_EQ(Payload(read).dump(), full_text);
    EXPECT_EQ(std::get<Caller>(read.either), (Caller{"d", {4}}));
    EXPECT_EQ(read.any["k"][0].get<int>(), 1);
}

TEST(Described, the_order_of_the_keys_does_not_matter) {
    const Payload payload = backwards(Payload(full()));
    ASSERT_NE(payload.dump(), full_text);

    EXPECT_EQ(Payload(payload.get<Everything>()).dump(), full_text);
}

TEST(Described, a_struct_may_stand_wherever_a_value_may) {
    const SecondTicked tick{.unix_time = 7};

    const Payload payload{{"tick", tick},
                          {"list", std::vector<SecondTicked>{tick}},
                          {"array", Value::list({tick, State::open})},
                          {"at_once", SecondTicked{.unix_time = 8}}};

    EXPECT_EQ(payload["tick"].get<SecondTicked>(), tick);
    EXPECT_EQ(payload["list"].get<std::vector<SecondTicked>>().at(0), tick);
    EXPECT_EQ(payload["array"][0].get<SecondTicked>(), tick);
    EXPECT_EQ(payload["array"][1].get<State>(), State::open);
    EXPECT_EQ(payload["at_once"].get<std::optional<SecondTicked>>()->unix_time, 8);
    EXPECT_EQ(payload.value("none", SecondTicked{.unix_time = 9}).unix_time, 9);
}

TEST(Described, what_is_written_are_the_bytes_of_the_same_initializer_list) {
    const SecondTicked tick{.unix_time = -1, .caller = {"x", {300}}, .note = "n"};

    EXPECT_EQ(encoded(tick), encoded({{"unix_time", -1},
                                      {"caller", {{"name", "x"}, {"tags", Value::list({300})}}},
                                      {"note", "n"}}));
}

TEST(Described, what_is_written_keeps_to_the_limits_to_the_byte) {
    const SecondTicked tick{.unix_time = 7, .caller = {"x", {}}};
    const std::size_t size = encoded(tick).size() / 2;

    EXPECT_NO_THROW(Payload(tick, {.max_depth = 3, .max_bytes = size}));
    EXPECT_EQ(code_of([&] { return Payload(tick, {.max_bytes = size - 1}); }),
              Errc::payload_too_large);
    for (std::size_t less = 1; less < size; ++less) {
        EXPECT_EQ(code_of([&] { return Payload(tick, {.max_bytes = less}); }),
                  Errc::payload_too_large);
    }
    EXPECT_EQ(code_of([&] { return Payload(tick, {.max_depth = 2}); }), Errc::too_deep);
    EXPECT_EQ(code_of([] { return Payload(Caller{"\xff", {}}); }), Errc::invalid_payload);
}

TEST(Described, an_optional_field_may_be_missing_or_null) {
    const auto with_null = Payload{{"unix_time", 1}, {"caller", Caller{}}, {"note", nullptr}};
    const auto without = Payload{{"unix_time", 1}, {"caller", Caller{}}};
    const auto with_text = Payload{{"note", "x"}, {"unix_time", 1}, {"caller", Caller{}}};

    EXPECT_EQ(with_null.get<SecondTicked>().note, std::nullopt);
    EXPECT_EQ(without.get<SecondTicked>().note, std::nullopt);
    EXPECT_EQ(with_text.get<SecondTicked>().note, "x");
}

TEST(Described, unknown_keys_are_passed_over_wherever_they_are) {
    const Payload payload{{"before", {{"unix_time", 0}}},
                          {"unix_time", 1},
                          {"between", Value::list({1, {{"note", 0}}})},
                          {"caller", {{"name", "x"}, {"id", 7}, {"tags", Value::list({})}}},
                          {"note", "n"},
                          {"after", nullptr}};

    EXPECT_EQ(payload.get<SecondTicked>(),
              (SecondTicked{.unix_time = 1, .caller = {"x", {}}, .note = "n"}));
}

TEST(Described, content_that_came_as_json_is_read_the_same_way) {
    const Payload payload = Payload::from_json(
        R"({"caller": {"tags": [1, 2], "name": "js\u00e9"}, "unix_time": 1700000000, "x": 1e3})");

    EXPECT_EQ(payload.get<SecondTicked>(),
              (SecondTicked{.unix_time = 1700000000, .caller = {"jsé", {1, 2}}}));
}

TEST(Described, content_that_is_not_plain_cbor_is_read_the_same_way) {
    // An indefinite map; a key in chunks; a tag; a bignum; a duplicate key; a long head.
    const Payload payload =
        Payload::from_cbor(unhex("bf7f64756e69786"
                                 "55f74696d65ffc2413b"
                                 "6663616c6c6572"
                                 "a2"
                                 "646e616d65"
                                 "d82561"
                                 "78"
                                 "6474616773"
                                 "8118"
                                 "01"
                                 "646e6f7465f6"
                                 "646e6f74657801"
                                 "79"
                                 "ff"));

    EXPECT_EQ(payload.get<SecondTicked>(),
              (SecondTicked{.unix_time = 0x3b, .caller = {"x", {1}}, .note = "y"}));
}

TEST(Described, keys_with_long_heads_are_known_all_the_same) {
    const Payload payload = Payload::from_cbor(unhex("b80278046e616d65617878047461677380"));

    EXPECT_EQ(payload.get<Caller>(), (Caller{"x", {}}));
}

struct LongNames {
    int a_name_of_just_23_bytes = 0;
    int a_name_of_just_24_bytes_ = 0;
    int a_name_that_is_so_long_that_its_length_takes_a_byte_of_its_own = 0;
};
BOOST_DESCRIBE_STRUCT(LongNames, (),
                      (a_name_of_just_23_bytes, a_name_of_just_24_bytes_,
                       a_name_that_is_so_long_that_its_length_takes_a_byte_of_its_own))

TEST(Described, long_names_are_written_and_read_as_others_are) {
    const Payload payload(LongNames{1, 2, 3});

    EXPECT_EQ(encoded(payload),
              encoded({{"a_name_of_just_23_bytes", 1},
                       {"a_name_of_just_24_bytes_", 2},
                       {"a_name_that_is_so_long_that_its_length_takes_a_byte_of_its_own", 3}}));
    const auto read = payload.get<LongNames>();
    EXPECT_EQ(read.a_name_of_just_23_bytes, 1);
    EXPECT_EQ(read.a_name_of_just_24_bytes_, 2);
    EXPECT_EQ(read.a_name_that_is_so_long_that_its_length_takes_a_byte_of_its_own, 3);
    EXPECT_EQ(backwards(payload).get<LongNames>().a_name_of_just_24_bytes_, 2);
}

struct Named {
    std::string name = {};
};
BOOST_DESCRIBE_STRUCT(Named, (), (name))
struct Numbered : Named {
    int number = 0;
};
BOOST_DESCRIBE_STRUCT(Numbered, (Named), (number))

TEST(Described, the_fields_of_described_bases_count) {
    Numbered numbered;
    numbered.name = "x";
    numbered.number = 3;

    const Payload payload(numbered);

    EXPECT_EQ(payload.dump(), R"({"name":"x","number":3})");
    EXPECT_EQ(payload.get<Numbered>().name, "x");
    EXPECT_EQ(code_of([] { return Payload{{"number", 1}}.get<Numbered>(); }), Errc::missing_key);
}

class Account {
public:
    Account() = default;
    explicit Account(int balance) : balance_(balance) {}
    [[nodiscard]] int balance() const { return balance_; }

private:
    int balance_ = 0;
    BOOST_DESCRIBE_CLASS(Account, (), (), (), (balance_))
};

TEST(Described, private_members_that_are_described_are_fields) {
    const Payload payload(Account(7));

    EXPECT_EQ(payload.dump(), R"({"balance_":7})");
    EXPECT_EQ(payload.get<Account>().balance(), 7);
}

struct Nothing {};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

TEST(Described, a_struct_without_fields_is_the_empty_map) {
    EXPECT_EQ(Payload(Nothing{}).dump(), "{}");
    EXPECT_NO_THROW(static_cast<void>(Payload{{"x", 1}}.get<Nothing>()));
    EXPECT_EQ(code_of([] { return Payload(Value::list({})).get<Nothing>(); }), Errc::type_mismatch);
}

struct Tree {
    int value = 0;
    std::vector<Tree> children = {};
};
BOOST_DESCRIBE_STRUCT(Tree, (), (value, children))

TEST(Described, a_struct_may_contain_its_own_kind) {
    const Tree tree{1, {{2, {}}, {3, {{4, {}}}}}};

    const Payload payload(tree);

    EXPECT_EQ(payload.get<Tree>().children.at(1).children.at(0).value, 4);
    EXPECT_EQ(Payload(payload.get<Tree>()).dump(), payload.dump());
}

struct Glance {
    std::string_view text = {};
    std::span<const std::byte> bytes = {};
    PayloadView rest = {};
};
BOOST_DESCRIBE_STRUCT(Glance, (), (text, bytes, rest))

template <class P, class T>
concept gives = requires(P&& payload) {
    std::forward<P>(payload).template get<T>();
};
static_assert(gives<const Payload&, Glance> && !gives<Payload, Glance>);
static_assert(!gives<Payload, std::vector<Glance>>);
static_assert(gives<Payload, SecondTicked> && gives<Payload, Tree> && gives<Payload, State>);

TEST(Described, views_are_read_without_a_copy_and_refused_on_temporaries) {
    const Payload payload{{"text", "hello"}, {"bytes", std::vector<std::byte>(2)}, {"rest", 7}};

    const auto glance = payload.get<Glance>();

    EXPECT_EQ(glance.text, "hello");
    EXPECT_EQ(static_cast<const void*>(glance.text.data()), payload.cbor().data() + 7);
    EXPECT_EQ(glance.bytes.size(), 2U);
    EXPECT_EQ(glance.rest.get<int>(), 7);
    EXPECT_EQ(Payload(glance).dump(), payload.dump());
}

struct Point {
    int x = 0;
    int y = 0;
};
struct Line {
    Point from = {};
    eventail::json tree = {};
    Point to = {};
};
BOOST_DESCRIBE_STRUCT(Line, (), (from, tree, to))

}  // namespace described_test

template <>
struct eventail::Codec<described_test::Point> {
    static void encode(const described_test::Point& point, PayloadWriter& writer) {
        writer.write(Value::list({point.x, point.y}));
    }
    static described_test::Point decode(PayloadView view) {
        return {view[0].get<int>(), view[1].get<int>()};
    }
};

namespace described_test {

TEST(Described, fields_may_have_codecs_of_their_own) {
    const Line line{{1, 2}, {{"k", "v"}}, {3, 4}};

    const Payload payload(line);

    EXPECT_EQ(payload.dump(), R"({"from":[1,2],"tree":{"k":"v"},"to":[3,4]})");
    EXPECT_EQ(payload.get<Line>().to.y, 4);
    EXPECT_EQ(payload.get<Line>().tree, line.tree);
}

using Either = std::variant<std::string, double, Payload>;

TEST(Described, an_alternative_of_a_variant_is_found_by_the_kind_of_content) {
    const Payload payload = Payload(Value::list({"x", 1, 1.5, nullptr, Value::list({true})}));

    const auto all = payload.get<std::vector<Either>>();

    EXPECT_EQ(std::get<std::string>(all.at(0)), "x");
    EXPECT_EQ(std::get<double>(all.at(1)), 1);
    EXPECT_EQ(std::get<double>(all.at(2)), 1.5);
    EXPECT_TRUE(std::get<Payload>(all.at(3)).is_null());
    EXPECT_EQ(Payload(all).dump(), R"(["x",1.0,1.5,null,[true]])");
}

TEST(Described, an_enum_is_the_name_of_its_value) {
    EXPECT_EQ(Payload(State::broken).dump(), R"("broken")");
    EXPECT_EQ(Payload("closed").get<State>(), State::closed);
    EXPECT_EQ(code_of([] { return Payload(static_cast<State>(99)); }), Errc::invalid_payload);
}

enum class Plain { value };
struct WithPlain {
    Plain plain = {};
};
static_assert(!eventail::detail::encodable<Plain>());
static_assert(!eventail::detail::encodable<WithPlain>());

}  // namespace described_test
