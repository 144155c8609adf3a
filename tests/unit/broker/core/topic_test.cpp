// Topic patterns.
#include "broker/core/topic.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eventail::broker {
namespace {

TEST(Topic, matches_words_literally) {
    EXPECT_TRUE(topic_matches("a.b", "a.b"));
    EXPECT_FALSE(topic_matches("a.b", "a.c"));
    EXPECT_FALSE(topic_matches("a.b", "a"));
    EXPECT_FALSE(topic_matches("a", "a.b"));
    EXPECT_FALSE(topic_matches("ab", "a"));
}

TEST(Topic, star_is_exactly_one_word_an_empty_one_included) {
    EXPECT_TRUE(topic_matches("a.*.c", "a.b.c"));
    EXPECT_TRUE(topic_matches("a.*", "a."));
    EXPECT_FALSE(topic_matches("a.*", "a"));
    EXPECT_FALSE(topic_matches("a.*", "a.b.c"));
    EXPECT_FALSE(topic_matches("*", ""));
}

TEST(Topic, hash_is_any_number_of_words) {
    EXPECT_TRUE(topic_matches("#", ""));
    EXPECT_TRUE(topic_matches("#", "a.b.c"));
    EXPECT_TRUE(topic_matches("a.#", "a"));
    EXPECT_TRUE(topic_matches("a.#.z", "a.z"));
    EXPECT_TRUE(topic_matches("a.#.z", "a.b.c.z"));
    EXPECT_FALSE(topic_matches("a.#.z", "a.b.c"));
    EXPECT_TRUE(topic_matches("#.b.#.b", "b.a.b.b"));
    EXPECT_TRUE(topic_matches("#.*", "a"));
    EXPECT_FALSE(topic_matches("#.*", ""));
}

TEST(Topic, wildcards_are_whole_words) {
    EXPECT_FALSE(topic_matches("a*", "ab"));
    EXPECT_FALSE(topic_matches("a#", "ab"));
    EXPECT_TRUE(topic_matches("a*", "a*"));
}

// A matcher that tries every split would not end within the age of the universe.
TEST(Topic, many_hashes_cost_no_more_than_the_product_of_the_lengths) {
    std::string pattern;
    std::string key;
    for (int i = 0; i < 60; ++i) {
        pattern += "#.a.";
        key += "a.a.";
    }

    EXPECT_FALSE(topic_matches(pattern + "b", key + "c"));
    EXPECT_TRUE(topic_matches(pattern + "c", key + "c"));
}

}  // namespace
}  // namespace eventail::broker
