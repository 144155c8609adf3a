// Which of several handlers gets a message.
#include "bus/dispatch.hpp"

#include <eventail/error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace eventail::bus {
namespace {

/// A dispatch whose handlers are named after their keys.
class Keys {
public:
    explicit Keys(Matching matching, std::initializer_list<const char*> keys)
        : dispatch_(matching) {
        for (const char* key : keys) dispatch_.add(key, key);
    }

    std::string chosen_for(std::string_view routing_key) const {
        const std::string* handler = dispatch_.find(routing_key);
        return handler ? *handler : "nobody";
    }
    void add(std::string_view key) { dispatch_.add(key, std::string(key)); }

private:
    Dispatch<std::string> dispatch_;
};

TEST(Dispatch, the_exact_key_wins_over_every_pattern) {
    const Keys keys(Matching::whole_key, {"#", "a.*", "a.b"});

    EXPECT_EQ(keys.chosen_for("a.b"), "a.b");
    EXPECT_EQ(keys.chosen_for("a.c"), "a.*");
    EXPECT_EQ(keys.chosen_for("b"), "#");
}

TEST(Dispatch, the_most_literal_pattern_wins_whatever_the_order_of_registration) {
    const Keys keys(Matching::whole_key, {"#", "*.*.*", "a.#", "a.*.*", "a.#.c", "a.*.c"});

    EXPECT_EQ(keys.chosen_for("a.b.c"), "a.*.c");
    EXPECT_EQ(keys.chosen_for("a.b.b.c"), "a.#.c");
    EXPECT_EQ(keys.chosen_for("a.b.d"), "a.*.*");
    EXPECT_EQ(keys.chosen_for("a"), "a.#");
    EXPECT_EQ(keys.chosen_for("b.b.b"), "*.*.*");
    EXPECT_EQ(keys.chosen_for("b"), "#");
}

TEST(Dispatch, of_equally_literal_patterns_the_first_registered_wins) {
    const Keys keys(Matching::whole_key, {"a.*", "*.b"});
    const Keys other_way_round(Matching::whole_key, {"*.b", "a.*"});

    EXPECT_EQ(keys.chosen_for("a.b"), "a.*");
    EXPECT_EQ(other_way_round.chosen_for("a.b"), "*.b");
}

TEST(Dispatch, a_command_is_also_found_by_its_last_word) {
    const Keys keys(Matching::or_last_word, {"#", "pong.*", "Echo"});

    EXPECT_EQ(keys.chosen_for("pong.Echo"), "Echo");
    EXPECT_EQ(keys.chosen_for("very.long.Echo"), "Echo");
    EXPECT_EQ(keys.chosen_for("pong.Other"), "pong.*");
}

TEST(Dispatch, the_whole_key_wins_over_the_last_word) {
    const Keys keys(Matching::or_last_word, {"Echo", "pong.Echo"});

    EXPECT_EQ(keys.chosen_for("pong.Echo"), "pong.Echo");
    EXPECT_EQ(keys.chosen_for("ping.Echo"), "Echo");
}

TEST(Dispatch, an_event_is_not_found_by_its_last_word) {
    const Keys keys(Matching::whole_key, {"Happened"});

    EXPECT_EQ(keys.chosen_for("it.Happened"), "nobody");
}

TEST(Dispatch, a_key_without_a_handler_finds_nobody) {
    const Keys none(Matching::or_last_word, {});
    const Keys one(Matching::or_last_word, {"a"});

    EXPECT_EQ(none.chosen_for("a"), "nobody");
    EXPECT_EQ(one.chosen_for("b"), "nobody");
    EXPECT_EQ(one.chosen_for("a."), "nobody");
    EXPECT_EQ(one.chosen_for(""), "nobody");
}

TEST(Dispatch, a_star_within_a_word_is_literal) {
    const Keys keys(Matching::whole_key, {"a.b*"});

    EXPECT_EQ(keys.chosen_for("a.b*"), "a.b*");
    EXPECT_EQ(keys.chosen_for("a.bc"), "nobody");
}

TEST(Dispatch, a_second_handler_for_the_same_key_is_refused) {
    Keys keys(Matching::whole_key, {"a.b", "a.*"});

    EXPECT_THROW(keys.add("a.b"), Error);
    EXPECT_THROW(keys.add("a.*"), Error);
    EXPECT_NO_THROW(keys.add("a.#"));
}

}  // namespace
}  // namespace eventail::bus
