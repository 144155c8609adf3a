// Frequent events are reported at once, then once a second.
#include "bus/repetition.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

namespace eventail::bus {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RepetitionTest : public ::testing::Test {
protected:
    void happens(const std::string& subject, const std::string& text) {
        const auto notice = repetition.filter(subject, {.text = text}, now);
        if (notice) said.push_back(notice->text);
    }
    void passes(Duration duration, bool all = false) {
        now += duration;
        for (const Notice& each : repetition.take_due(now, all)) said.push_back(each.text);
    }
    std::vector<std::string> takes_said() { return std::exchange(said, {}); }

    Repetition repetition;
    TimePoint now = TimePoint{} + 1h;
    std::vector<std::string> said;
};

TEST_F(RepetitionTest, says_what_is_new_at_once) {
    happens("a", "a 1");
    happens("b", "b 1");

    EXPECT_THAT(takes_said(), ElementsAre("a 1", "b 1"));
}

TEST_F(RepetitionTest, says_what_comes_again_once_a_second_with_a_count) {
    for (int i = 1; i <= 25'000; ++i) happens("a", "a " + std::to_string(i));
    passes(999ms);
    EXPECT_THAT(takes_said(), ElementsAre("a 1"));

    passes(1ms);
    EXPECT_THAT(takes_said(), ElementsAre("a 25000 (24999 more lines like this within a second)"));

    happens("a", "a 25001");
    EXPECT_THAT(takes_said(), IsEmpty());
    passes(1s);
    EXPECT_THAT(takes_said(), ElementsAre("a 25001 (1 more line like this within a second)"));
}

TEST_F(RepetitionTest, says_at_once_what_did_not_happen_for_a_second) {
    happens("a", "a 1");
    passes(1s);
    happens("a", "a 2");

    EXPECT_THAT(takes_said(), ElementsAre("a 1", "a 2"));
    passes(1s);
    EXPECT_FALSE(repetition.next_deadline());
}

TEST_F(RepetitionTest, takes_many_different_things_for_one) {
    for (int i = 0; i < 1000; ++i) happens(std::to_string(i), std::to_string(i));
    EXPECT_EQ(takes_said().size(), Repetition::most_subjects + 1);

    passes(1s);

    EXPECT_THAT(takes_said(),
                ElementsAre("999 (the latest of 949 more lines of many kinds within a second)"));
}

TEST_F(RepetitionTest, keeps_nothing_to_itself_at_an_end) {
    happens("a", "a 1");
    happens("a", "a 2");
    takes_said();

    passes(0s, true);

    EXPECT_THAT(takes_said(), ElementsAre("a 2 (1 more line like this within a second)"));
}

}  // namespace
}  // namespace eventail::bus
