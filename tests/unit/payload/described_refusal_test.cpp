// Content that does not fit a described struct: the error says where, the expectation, and the
// fact.
#include "payload_hex.hpp"
#include <eventail/described.hpp>

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace described_refusal_test {

using eventail::Errc;
using eventail::Payload;
using eventail::Value;
using eventail::test::code_of;

BOOST_DEFINE_ENUM_CLASS(State, open, closed)

struct Caller {
    std::string name = {};
    std::vector<int> tags = {};
};
BOOST_DESCRIBE_STRUCT(Caller, (), (name, tags))

struct Call {
    Caller caller = {};
    std::optional<std::uint8_t> tries = {};
    std::optional<State> state = {};
    std::optional<std::map<std::string, Caller>> others = {};
    std::optional<std::variant<bool, std::string>> either = {};
    std::optional<std::array<int, 2>> at = {};
    std::optional<std::vector<std::byte>> bytes = {};
};
BOOST_DESCRIBE_STRUCT(Call, (), (caller, tries, state, others, either, at, bytes))

struct Strict {
    int number = 0;
    std::optional<Caller> caller = {};
};
BOOST_DESCRIBE_STRUCT(Strict, (), (number, caller))

}  // namespace described_refusal_test

template <>
inline constexpr bool eventail::is_strict<described_refusal_test::Strict> = true;

namespace described_refusal_test {

const Caller caller{"x", {1}};

template <class T>
std::string refusal(const Payload& payload) {
    try {
        static_cast<void>(payload.get<T>());
    } catch (const eventail::Error& error) {
        return error.what();
    }
    return "fits";
}

TEST(DescribedRefusal, names_the_path_of_what_is_missing) {
    EXPECT_EQ(refusal<Call>({}), "caller: missing");
    EXPECT_EQ(refusal<Call>({{"caller", {}}}), "caller.name: missing");
    EXPECT_EQ(refusal<Call>({{"caller", {{"name", "x"}}}}), "caller.tags: missing");
    EXPECT_EQ(refusal<Call>({{"x", 1}, {"caller", {{"tags", Value::list({})}}}}),
              "caller.name: missing");
    EXPECT_EQ(refusal<Call>({{"caller", caller}, {"others", {{"a", caller}, {"b.c", {}}}}}),
              R"(others["b.c"].name: missing)");
    EXPECT_EQ(code_of([] { return Payload{}.get<Call>(); }), Errc::missing_key);
}

TEST(DescribedRefusal, names_the_path_of_what_has_another_type) {
    const auto tags = [](Value value) {
        return Payload{{"caller", {{"name", "x"}, {"tags", std::move(value)}}}};
    };

    EXPECT_EQ(refusal<Call>(tags(Value::list({1, 2, 3, "x"}))),
              R"(caller.tags[3]: expected an integer, got text "x")");
    EXPECT_EQ(refusal<Call>(tags(nullptr)), "caller.tags: expected a list, got null");
    EXPECT_EQ(refusal<Call>(Payload("x")), R"(payload: expected a map, got text "x")");
    EXPECT_EQ(refusal<Call>({{"caller", 1.5}}), "caller: expected a map, got the float 1.5");
    EXPECT_EQ(refusal<std::vector<Call>>(Payload(Value::list({{{"caller", caller}}, {}}))),
              "[1].caller: missing");
    EXPECT_EQ(code_of([&] { return tags(1).get<Call>(); }), Errc::type_mismatch);
}

TEST(DescribedRefusal, says_for_each_kind_what_was_expected) {
    const auto with = [](std::string_view key, Value value) {
        return refusal<Call>({{"caller", caller}, {key, std::move(value)}});
    };

    EXPECT_EQ(with("tries", 256), "tries: 256 is not within 0 … 255");
    EXPECT_EQ(with("tries", -1), "tries: -1 is not within 0 … 255");
    EXPECT_EQ(with("tries", true), "tries: expected an integer, got true");
    EXPECT_EQ(with("state", "ajar"), R"(state: expected one of "open", "closed", got text "ajar")");
    EXPECT_EQ(with("state", 0), R"(state: expected one of "open", "closed", got the integer 0)");
    EXPECT_EQ(with("others", Value::list({})), "others: expected a map, got a list of 0");
    EXPECT_EQ(with("either", 1), "either: expected a boolean or text, got the integer 1");
    EXPECT_EQ(with("at", Value::list({1})), "at: expected a list of 2, got a list of 1");
    EXPECT_EQ(with("at", Value::list({1, nullptr})), "at[1]: expected an integer, got null");
    EXPECT_EQ(with("bytes", "x"), R"(bytes: expected binary, got text "x")");
    EXPECT_EQ(with("at", Value::list({1, 2})), "fits");
}

TEST(DescribedRefusal, begins_its_paths_at_the_whole_payload) {
    const Payload payload{{"calls", Value::list({{{"caller", {{"name", 1}}}}})}};

    try {
        static_cast<void>(payload["calls"][0].get<Call>());
        FAIL();
    } catch (const eventail::Error& error) {
        EXPECT_EQ(std::string(error.what()),
                  "calls[0].caller.name: expected text, got the integer 1");
    }
}

TEST(DescribedRefusal, of_unknown_keys_is_for_strict_types_only) {
    EXPECT_EQ(refusal<Strict>({{"number", 1}}), "fits");
    EXPECT_EQ(refusal<Strict>({{"number", 1}, {"caller", nullptr}}), "fits");
    EXPECT_EQ(refusal<Strict>({{"number", 1}, {"nmae", 2}}), "nmae: unknown");
    EXPECT_EQ(refusal<Strict>({{"a b", 1}, {"number", 1}}), R"(["a b"]: unknown)");
    EXPECT_EQ(refusal<std::vector<Strict>>(Payload(Value::list({{{"number", 1}, {"x", 1}}}))),
              "[0].x: unknown");
    EXPECT_EQ(refusal<Strict>({{"number", 1},
                               {"caller", {{"name", "x"}, {"tags", Value::list({})}, {"y", 1}}}}),
              "fits");
    EXPECT_EQ(code_of([] {
                  return Payload{{"number", 1}, {"x", 1}}.get<Strict>();
              }),
              Errc::unknown_key);
}

TEST(DescribedRefusal, comes_from_content_that_was_json_too) {
    EXPECT_EQ(refusal<Call>(Payload::from_json(R"({"caller": {"name": "x", "tags": [1, 2.5]}})")),
              "caller.tags[1]: expected an integer, got the float 2.5");
}

TEST(DescribedRefusal, of_a_list_that_claims_many_items_reserves_little) {
    const Payload payload(std::vector<bool>(1'000'000));

    EXPECT_EQ(refusal<std::vector<Caller>>(payload), "[0]: expected a map, got false");
}

}  // namespace described_refusal_test
