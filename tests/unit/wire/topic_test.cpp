// Topic patterns.
#include "wire/topic.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace eventail::wire {
namespace {

using Words = std::vector<std::string>;

std::string joined(const Words& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : ".") + words[i];
    return text;
}

/// The specification's definition of a pattern: tries everything.
bool matches_by_definition(const Words& pattern, std::size_t wanted, const Words& key,
                           std::size_t given) {
    if (wanted == pattern.size()) return given == key.size();
    if (pattern[wanted] == "#") {
        return matches_by_definition(pattern, wanted + 1, key, given) ||
               (given < key.size() && matches_by_definition(pattern, wanted, key, given + 1));
    }
    return given < key.size() && (pattern[wanted] == "*" || pattern[wanted] == key[given]) &&
           matches_by_definition(pattern, wanted + 1, key, given + 1);
}

class RandomWords {
public:
    Words next(const Words& choices, std::size_t most) {
        Words words(number_below(most + 1));
        for (std::string& word : words) word = choices[number_below(choices.size())];
        // One empty word and no words at all give the same text.
        if (words == Words{""}) words.clear();
        return words;
    }

private:
    std::size_t number_below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(generator_);
    }

    std::mt19937_64 generator_{1};
};

TEST(Topic, literal_words_match_themselves_only) {
    EXPECT_TRUE(topic_matches("a.b", "a.b"));
    EXPECT_FALSE(topic_matches("a.b", "a.c"));
    EXPECT_FALSE(topic_matches("a.b", "a"));
    EXPECT_FALSE(topic_matches("a", "a.b"));
    EXPECT_FALSE(topic_matches("ab", "a"));
    EXPECT_FALSE(topic_matches("a.b", "A.b"));
}

TEST(Topic, a_star_is_exactly_one_word_an_empty_one_included) {
    EXPECT_TRUE(topic_matches("*", "a"));
    EXPECT_TRUE(topic_matches("a.*.c", "a.b.c"));
    EXPECT_TRUE(topic_matches("a.*", "a."));
    EXPECT_FALSE(topic_matches("*", "a.b"));
    EXPECT_FALSE(topic_matches("a.*", "a"));
    EXPECT_FALSE(topic_matches("a.*", "a.b.c"));
    EXPECT_FALSE(topic_matches("*", ""));
}

TEST(Topic, a_hash_is_any_number_of_words) {
    EXPECT_TRUE(topic_matches("#", ""));
    EXPECT_TRUE(topic_matches("#", "a.b.c"));
    EXPECT_TRUE(topic_matches("a.#", "a"));
    EXPECT_TRUE(topic_matches("#.c", "c.b.c"));
    EXPECT_TRUE(topic_matches("a.#.z", "a.z"));
    EXPECT_TRUE(topic_matches("a.#.z", "a.b.c.z"));
    EXPECT_TRUE(topic_matches("#.a.#.b.*", "x.a.b.a.b.y"));
    EXPECT_TRUE(topic_matches("#.b.#.b", "b.a.b.b"));
    EXPECT_TRUE(topic_matches("#.#", ""));
    EXPECT_TRUE(topic_matches("#.*", "a"));
    EXPECT_TRUE(topic_matches("*.#.*", "a.b"));
    EXPECT_FALSE(topic_matches("a.#.z", "a.b.c"));
    EXPECT_FALSE(topic_matches("#.*", ""));
    EXPECT_FALSE(topic_matches("*.#.*", "a"));
}

TEST(Topic, wildcards_are_whole_words) {
    EXPECT_FALSE(topic_matches("a*", "ab"));
    EXPECT_FALSE(topic_matches("a#", "ab"));
    EXPECT_FALSE(topic_matches("a.b*", "a.bc"));
    EXPECT_TRUE(topic_matches("a*", "a*"));
}

TEST(Topic, empty_words_count) {
    EXPECT_TRUE(topic_matches("", ""));
    EXPECT_TRUE(topic_matches("a..b", "a..b"));
    EXPECT_TRUE(topic_matches("a.*.b", "a..b"));
    EXPECT_FALSE(topic_matches("a.b", "a..b"));
    EXPECT_FALSE(topic_matches("a", "a."));
}

TEST(Topic, random_patterns_match_as_the_definition_says) {
    RandomWords random;
    int match_count = 0;

    for (int i = 0; i < 20'000; ++i) {
        const Words pattern = random.next({"a", "b", "", "*", "#"}, 6);
        const Words key = random.next({"a", "b", ""}, 6);
        const bool is_match = matches_by_definition(pattern, 0, key, 0);
        match_count += is_match ? 1 : 0;
        ASSERT_EQ(topic_matches(joined(pattern), joined(key)), is_match)
            << '"' << joined(pattern) << "\" \"" << joined(key) << '"';
    }

    EXPECT_GT(match_count, 1'000);
}

// A matcher that tries every split would outlast the universe.
TEST(Topic, many_hashes_take_no_exponential_time) {
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
}  // namespace eventail::wire
