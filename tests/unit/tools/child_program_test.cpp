#include "tools/child_program.hpp"

#include "tools/quiet_url.hpp"
#include <eventail/error.hpp>

#include <gtest/gtest.h>

#include <signal.h>

#include <string>

namespace eventail::tools {
namespace {

constexpr std::size_t plenty = 16u << 20;

/// As main() does.
class ChildProgram : public testing::Test {
    void SetUp() override { before_ = ::signal(SIGPIPE, SIG_IGN); }
    void TearDown() override { ::signal(SIGPIPE, before_); }

    sighandler_t before_ = SIG_DFL;
};

TEST_F(ChildProgram, gets_text_and_variables_and_says_text) {
    const ProgramEnd end = run_program("cat; echo \"$GREETING\" >&2; exit 3", "hello",
                                       {{"GREETING", "$(rm x)"}}, plenty);

    EXPECT_EQ(end.exit_status, 3);
    EXPECT_EQ(end.output, "hello");
    EXPECT_EQ(end.errors, "$(rm x)\n");
}

TEST_F(ChildProgram, takes_more_than_a_pipe_holds_while_it_writes) {
    const std::string input(1u << 20, 'x');

    EXPECT_EQ(run_program("cat", input, {}, plenty).output, input);
}

TEST_F(ChildProgram, need_not_read_its_input) {
    EXPECT_EQ(run_program("true", std::string(1u << 20, 'x'), {}, plenty).exit_status, 0);
}

TEST_F(ChildProgram, that_dies_of_a_signal_has_its_number) {
    EXPECT_EQ(run_program("kill -TERM $$", "", {}, plenty).exit_status, 143);
}

TEST_F(ChildProgram, may_be_ended_by_a_closed_pipe_although_we_are_not) {
    EXPECT_EQ(run_program("yes | head -1", "", {}, plenty).output, "y\n");
}

TEST_F(ChildProgram, has_bounded_output) {
    EXPECT_THROW(static_cast<void>(run_program("yes", "", {}, 1u << 20)), Error);
}

TEST(OneChannel, is_asked_for_in_the_url) {
    EXPECT_EQ(with_one_channel("amqp://a/x"), "amqp://a/x?channel_max=1");
    EXPECT_EQ(with_one_channel("amqp://a/x?channel_max=9&heartbeat=5"),
              "amqp://a/x?heartbeat=5&channel_max=1");
}

}  // namespace
}  // namespace eventail::tools
