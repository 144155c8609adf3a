#include "tools/templates.hpp"

#include "tools/pace.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <regex>

namespace eventail::tools {
namespace {

using namespace std::chrono_literals;

TemplateValues values() {
    return {.seq = 7,
            .now = std::chrono::system_clock::time_point(1767225599042ms),
            .uuid = [count = 0]() mutable { return "u-" + std::to_string(++count); }};
}

TEST(Templates, know_the_number_of_the_message_a_uuid_and_the_time) {
    EXPECT_EQ(filled_in(R"({"n": {{seq}}, "id": "{{uuid}}", "at": "{{now}}"})", values()),
              R"({"n": 7, "id": "u-1", "at": "2025-12-31T23:59:59.042Z"})");
}

TEST(Templates, give_each_place_a_uuid_of_its_own) {
    EXPECT_EQ(filled_in("{{uuid}} {{uuid}}", values()), "u-1 u-2");
}

TEST(Templates, leave_everything_else_in_braces_alone) {
    EXPECT_EQ(filled_in(R"({"a":{"b":{}}} {{name}} {{ seq }} {{{seq}}} {{)", values()),
              R"({"a":{"b":{}}} {{name}} {{ seq }} {7} {{)");
}

TEST(Templates, of_uuids_are_random_and_of_version_4) {
    const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");

    EXPECT_TRUE(std::regex_match(new_uuid(), form));
    EXPECT_NE(new_uuid(), new_uuid());
}

TEST(Pace, spreads_messages_evenly) {
    const Pace pace{.per_second = 4, .start = std::chrono::steady_clock::time_point(10s)};

    EXPECT_EQ(pace.due(0).time_since_epoch(), 10s);
    EXPECT_EQ(pace.due(1).time_since_epoch(), 10250ms);
    EXPECT_EQ(pace.due(400).time_since_epoch(), 110s);
}

TEST(Pace, without_a_rate_has_everything_due_at_once) {
    const Pace pace{.per_second = 0, .start = std::chrono::steady_clock::time_point(10s)};

    EXPECT_EQ(pace.due(1000000).time_since_epoch(), 10s);
}

}  // namespace
}  // namespace eventail::tools
