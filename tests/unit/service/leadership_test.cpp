#include "service/leadership.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace eventail::service {
namespace {

bool is_refused_elsewhere(Leadership& leadership) {
    return std::async(std::launch::async,
                      [&] {
                          try {
                              const Leadership::Term term(leadership);
                              return false;
                          } catch (const LeadershipRefused& refusal) {
                              return refusal.code() == Errc::invalid_state;
                          }
                      })
        .get();
}

TEST(LeadershipTest, is_one_threads_at_a_time) {
    Leadership leadership;
    auto term = std::make_unique<Leadership::Term>(leadership);

    EXPECT_TRUE(leadership.is_held());
    EXPECT_TRUE(is_refused_elsewhere(leadership));
    term.reset();
    EXPECT_FALSE(leadership.is_held());
    EXPECT_FALSE(is_refused_elsewhere(leadership));
}

TEST(LeadershipTest, ends_with_the_outermost_of_nested_terms) {
    Leadership leadership;
    const Leadership::Term outer(leadership);
    { const Leadership::Term inner(leadership); }

    EXPECT_TRUE(leadership.is_held());
    EXPECT_TRUE(is_refused_elsewhere(leadership));
}

}  // namespace
}  // namespace eventail::service
