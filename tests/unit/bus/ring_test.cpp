// The ring: a queue indexed by distance from its front, across the end of its memory.
#include "bus/ring.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>

namespace eventail::bus {
namespace {

TEST(Ring, gives_elements_in_the_order_they_came) {
    Ring<int> ring;

    for (int i = 0; i < 5; ++i) ring.push_back(i);

    EXPECT_EQ(ring.size(), 5u);
    EXPECT_EQ(ring.front(), 0);
    EXPECT_EQ(ring[3], 3);
    EXPECT_EQ(ring.back(), 4);
}

TEST(Ring, keeps_its_order_across_the_end_of_its_memory_and_when_it_grows_there) {
    Ring<std::size_t> ring;
    std::size_t pushed = 0;
    std::size_t popped = 0;

    for (std::size_t round = 0; round < 50; ++round) {
        for (std::size_t i = 0; i < 7; ++i) ring.push_back(pushed++);
        for (std::size_t i = 0; i < 5; ++i) {
            ASSERT_EQ(ring.front(), popped++);
            ring.pop_front();
        }
    }

    EXPECT_EQ(ring.size(), pushed - popped);
    for (std::size_t i = 0; i < ring.size(); ++i) ASSERT_EQ(ring[i], popped + i);
}

TEST(Ring, takes_back_the_last_element) {
    Ring<int> ring;
    ring.push_back(1);
    ring.push_back(2);

    ring.pop_back();

    EXPECT_EQ(ring.size(), 1u);
    EXPECT_EQ(ring.back(), 1);
}

TEST(Ring, lets_go_of_what_was_popped) {
    Ring<std::shared_ptr<int>> ring;
    const auto first = std::make_shared<int>(1);
    const auto last = std::make_shared<int>(2);
    ring.push_back(first);
    ring.push_back(last);

    ring.pop_front();
    ring.pop_back();

    EXPECT_EQ(first.use_count(), 1);
    EXPECT_EQ(last.use_count(), 1);
    EXPECT_TRUE(ring.empty());
}

TEST(Ring, is_empty_after_clear_and_can_be_used_again) {
    Ring<int> ring;
    for (int i = 0; i < 20; ++i) ring.push_back(i);

    ring.clear();
    ring.push_back(7);

    EXPECT_EQ(ring.size(), 1u);
    EXPECT_EQ(ring.front(), 7);
}

}  // namespace
}  // namespace eventail::bus
