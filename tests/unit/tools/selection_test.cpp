#include "tools/selection.hpp"

#include <eventail/error.hpp>
#include <eventail/payload.hpp>

#include <gtest/gtest.h>

#include <string>

namespace eventail::tools {
namespace {

bool holds(const std::string& condition, const std::string& json) {
    const Payload payload = Payload::from_json(json);
    return Condition(condition).holds(payload.view());
}

TEST(Condition, compares_by_the_type_of_the_field) {
    EXPECT_TRUE(holds("id=123", R"({"id": 123})"));
    EXPECT_TRUE(holds("id=123", R"({"id": "123"})"));
    EXPECT_TRUE(holds("id=123", R"({"id": 123.0})"));
    EXPECT_TRUE(holds("id=1e2", R"({"id": 100})"));
    EXPECT_TRUE(holds("id=-1", R"({"id": -1})"));
    EXPECT_FALSE(holds("id=123", R"({"id": 124})"));
    EXPECT_FALSE(holds("id=0123", R"({"id": "123"})"));
    EXPECT_TRUE(holds("ok=true", R"({"ok": true})"));
    EXPECT_FALSE(holds("ok=1", R"({"ok": true})"));
    EXPECT_TRUE(holds("ok=null", R"({"ok": null})"));
}

TEST(Condition, in_quotes_is_equal_to_text_alone) {
    EXPECT_TRUE(holds(R"(id="123")", R"({"id": "123"})"));
    EXPECT_FALSE(holds(R"(id="123")", R"({"id": 123})"));
}

TEST(Condition, keeps_large_integers_apart) {
    EXPECT_TRUE(holds("id=9007199254740993", R"({"id": 9007199254740993})"));
    EXPECT_FALSE(holds("id=9007199254740993", R"({"id": 9007199254740992})"));
    EXPECT_TRUE(holds("id=18446744073709551615", R"({"id": 18446744073709551615})"));
}

TEST(Condition, follows_paths_into_maps_and_lists) {
    EXPECT_TRUE(holds("a.b[1].c=x", R"({"a": {"b": [0, {"c": "x"}]}})"));
    EXPECT_TRUE(holds("[0][1]=2", "[[1, 2]]"));
    EXPECT_FALSE(holds("a.b[2]=x", R"({"a": {"b": [0]}})"));
    EXPECT_FALSE(holds("a[0]=x", R"({"a": {"0": "x"}})"));
    EXPECT_FALSE(holds("a.b=x", R"({"a": "x"})"));
}

TEST(Condition, of_inequality_is_the_opposite_also_without_the_field) {
    EXPECT_TRUE(holds("a!=1", R"({"a": 2})"));
    EXPECT_FALSE(holds("a!=1", R"({"a": 1})"));
    EXPECT_TRUE(holds("a!=1", "{}"));
}

TEST(Condition, of_containing_looks_into_the_field_as_text) {
    EXPECT_TRUE(holds("a~ea", R"({"a": "tea"})"));
    EXPECT_TRUE(holds("a~23", R"({"a": 1234})"));
    EXPECT_TRUE(holds("a~tea", R"({"a": ["tea"]})"));
    EXPECT_FALSE(holds("a~x", R"({"a": "tea"})"));
    EXPECT_FALSE(holds("b~x", "{}"));
}

TEST(Condition, may_have_relations_in_its_value) {
    EXPECT_TRUE(holds("a=b=c!~", R"({"a": "b=c!~"})"));
    EXPECT_TRUE(holds("a=", R"({"a": ""})"));
}

TEST(Condition, that_makes_no_sense_says_why) {
    for (const char* text : {"", "a", "=1", "a!1", "a[=1", "a[x]=1", "a[1]b=1", "a..b=1", "a.=1",
                             ".a=1", "a~", "a[-1]=1"}) {
        EXPECT_THROW(Condition{text}, Error) << text;
    }
}

}  // namespace
}  // namespace eventail::tools
