// Regular expressions of policies and permissions.
#include "broker/core/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace eventail::broker {
namespace {

using testing::HasSubstr;
using testing::Throws;
using testing::ThrowsMessage;

TEST(Pattern, is_searched_for_anywhere_in_a_name) {
    EXPECT_TRUE(Pattern("b+").is_found_in("abbc"));
    EXPECT_TRUE(Pattern("").is_found_in(""));
    EXPECT_FALSE(Pattern("^b").is_found_in("ab"));
    EXPECT_FALSE(Pattern("^$").is_found_in("a"));
}

TEST(Pattern, takes_what_rabbitmq_takes) {
    EXPECT_TRUE(Pattern("^(?!amq\\.).*").is_found_in("orders"));
    EXPECT_FALSE(Pattern("^(?!amq\\.).*").is_found_in("amq.gen-1"));
    EXPECT_TRUE(Pattern("(?i)^ORDERS\\.\\w++$").is_found_in("orders.events"));
    EXPECT_TRUE(Pattern("^\\Qa.b\\E").is_found_in("a.b"));
}

TEST(Pattern, an_expression_that_cannot_be_read_is_refused_with_the_reason) {
    EXPECT_THAT([] { Pattern("a(b"); },
                ThrowsMessage<InvalidPattern>(HasSubstr("'a(b' is not a regular expression: "
                                                        "missing closing parenthesis")));
}

// Without a bound it would outlast the universe.
TEST(Pattern, a_search_that_goes_through_too_many_combinations_is_given_up) {
    const std::string name(200, 'a');

    EXPECT_THAT([&] { Pattern("(a+)+$").is_found_in(name + "!"); }, Throws<PatternGaveUp>());
    EXPECT_TRUE(Pattern("(a+)+$").is_found_in(name));
}

}  // namespace
}  // namespace eventail::broker
