#include "base/printable.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eventail {
namespace {

TEST(Printable, leaves_what_people_can_read) {
    EXPECT_EQ(printable("plain, naïve, 漢字, \U0001F600"), "plain, naïve, 漢字, \U0001F600");
    EXPECT_EQ(printable(R"(C:\x "y")"), R"(C:\x "y")");
    EXPECT_EQ(printable(""), "");
}

TEST(Printable, escapes_control_characters) {
    EXPECT_EQ(printable("a\nb\r\t\x1b[2J\x7f"), R"(a\nb\r\t\u001b[2J\u007f)");
    EXPECT_EQ(printable(std::string_view("\0", 1)), R"(\u0000)");
    EXPECT_EQ(printable("\u009b31m\u0085"), R"(\u009b31m\u0085)");
}

TEST(Printable, escapes_what_ends_lines_turns_the_direction_or_cannot_be_seen) {
    EXPECT_EQ(printable("\u2028\u2029"), R"(\u2028\u2029)");
    EXPECT_EQ(printable("a\u202egpj.exe\u2066"), R"(a\u202egpj.exe\u2066)");
    EXPECT_EQ(printable("a\u200b\u200f\ufeff\u00ad"), R"(a\u200b\u200f\ufeff\u00ad)");
    EXPECT_EQ(printable("\U000E0041"), R"(\udb40\udc41)");
}

TEST(Printable, knows_the_neighbours_of_what_it_escapes) {
    for (const char32_t each :
         {U' ', U'~', U'\u00a0', U'\u00ae', U'\u2027', U'\u202f', U'\u2070'}) {
        EXPECT_TRUE(is_printable(each)) << std::hex << static_cast<unsigned>(each);
    }
    for (const char32_t each : {U'\x1f', U'\x7f', U'\u0080', U'\u009f', U'\u2028', U'\u202e'}) {
        EXPECT_FALSE(is_printable(each)) << std::hex << static_cast<unsigned>(each);
    }
}

TEST(Printable, shows_bytes_that_are_not_utf8) {
    EXPECT_EQ(printable("a\xff\xc0\x80z"), R"(a\xff\xc0\x80z)");
    EXPECT_EQ(printable("\xed\xa0\x80"), R"(\xed\xa0\x80)");  // a surrogate
    EXPECT_EQ(printable("\xe2\x80"), R"(\xe2\x80)");          // cut off
}

TEST(Printable, in_quotes_it_is_the_content_of_a_json_string) {
    EXPECT_EQ(printable_in_quotes("say \"a\\b\"\n\u202e\xff"), R"(say \"a\\b\"\n\u202e\\xff)");
}

}  // namespace
}  // namespace eventail
