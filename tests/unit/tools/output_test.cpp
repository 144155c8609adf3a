#include "tools/output.hpp"

#include "tools/json_text.hpp"
#include <eventail/payload.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace eventail::tools {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(Output, is_coloured_for_a_terminal_alone) {
    EXPECT_EQ(coloured("x", Colour::red, {.has_colours = true}), "\x1b[31mx\x1b[0m");
    EXPECT_EQ(coloured("x", Colour::red, {}), "x");
    EXPECT_EQ(coloured("", Colour::red, {.has_colours = true}), "");
}

TEST(Output, is_cut_to_columns_between_characters) {
    EXPECT_EQ(cut("abcdef", 0), "abcdef");
    EXPECT_EQ(cut("abcdef", 6), "abcdef");
    EXPECT_EQ(cut("abcdef", 5), "abcd…");
    EXPECT_EQ(cut("äöüß", 3), "äö…");
}

TEST(Output, is_padded_by_columns) {
    EXPECT_EQ(padded("ä", 3), "ä  ");
    EXPECT_EQ(padded("abcd", 3), "abcd");
}

TEST(JsonText, shows_content_exactly) {
    const Payload payload = Payload::from_json(
        R"({"z": [1, -2, 18446744073709551615, true, null, "é"], "a": {}, "e": []})");

    EXPECT_EQ(json_of(payload.view()),
              R"({"z":[1,-2,18446744073709551615,true,null,"é"],"a":{},"e":[]})");
}

TEST(JsonText, keeps_binary_bad_text_and_floats_that_json_lacks) {
    EXPECT_EQ(json_of(std::string_view("a\xff")), R"({"$binary":"Yf8="})");
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    const Payload payload{
        {"b", bytes("\xff")}, {"n", nan}, {"i", -infinity}, {"d", 2.0}, {"e", 0.1}};
    EXPECT_EQ(json_of(payload.view()),
              R"({"b":{"$binary":"/w=="},"n":{"$float":"NaN"},"i":{"$float":"-Infinity"},)"
              R"("d":2.0,"e":0.1})");
}

TEST(JsonText, escapes_what_steers_a_terminal_or_turns_the_direction) {
    EXPECT_EQ(json_of(std::string_view("\x1b[2J\n\xe2\x80\xae\"")), R"("\u001b[2J\n\u202e\"")");
}

TEST(JsonText, is_one_object_in_the_order_given) {
    EXPECT_EQ(JsonLine().add("a", 1).add("b", "x").add("c", true).add_json("d", "[]").text(),
              R"({"a":1,"b":"x","c":true,"d":[]})");
    EXPECT_EQ(JsonLine().text(), "{}");
}

TEST(Base64, goes_there_and_back) {
    for (const std::string_view text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
        EXPECT_EQ(from_base64(base64(bytes(text))), text);
    }
    EXPECT_EQ(base64(bytes("foob")), "Zm9vYg==");
    EXPECT_EQ(from_base64("Zm9"), std::nullopt);
    EXPECT_EQ(from_base64("Zm 9"), std::nullopt);
}

}  // namespace
}  // namespace eventail::tools
