#include "service/memory_return.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace eventail::service {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t mebibyte = 1u << 20;

TEST(MemoryReturn, gives_back_what_a_burst_has_taken_once_most_of_it_is_freed) {
    MemoryReturn memory;

    EXPECT_FALSE(memory.has_ebbed(64 * mebibyte));
    EXPECT_FALSE(memory.has_ebbed(17 * mebibyte));
    EXPECT_TRUE(memory.has_ebbed(16 * mebibyte));
    EXPECT_TRUE(memory.is_due(TimePoint(1h)));
    EXPECT_FALSE(memory.has_ebbed(16 * mebibyte));
}

TEST(MemoryReturn, leaves_little_where_it_is) {
    MemoryReturn memory;

    EXPECT_FALSE(memory.has_ebbed(15 * mebibyte));
    EXPECT_FALSE(memory.has_ebbed(0));
}

TEST(MemoryReturn, waits_between_two_times) {
    MemoryReturn memory;
    const auto has_come_and_gone = [&] {
        memory.has_ebbed(64 * mebibyte);
        return memory.has_ebbed(0);
    };
    ASSERT_TRUE(has_come_and_gone() && memory.is_due(TimePoint(1h)));

    EXPECT_TRUE(has_come_and_gone());
    EXPECT_FALSE(memory.is_due(TimePoint(1h + 9s)));
    EXPECT_TRUE(memory.has_ebbed(0));
    EXPECT_TRUE(memory.is_due(TimePoint(1h + 10s)));
}

}  // namespace
}  // namespace eventail::service
