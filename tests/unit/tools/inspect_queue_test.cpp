#include "tools/inspect_queue.hpp"

#include <gtest/gtest.h>

namespace eventail::tools {
namespace {

TEST(DeliveryCount, is_the_header_of_quorum_queues) {
    EXPECT_EQ(delivery_count_of({}), 0u);
    EXPECT_EQ(delivery_count_of({.headers = {{"x-delivery-count", 4}}}), 4u);
    EXPECT_EQ(delivery_count_of({.headers = {{"x-delivery-count", "4"}}}), 0u);
}

TEST(DeliveryCount, is_near_the_limit_with_three_deliveries_left) {
    EXPECT_FALSE(is_near_delivery_limit(16, 20));
    EXPECT_TRUE(is_near_delivery_limit(17, 20));
    EXPECT_TRUE(is_near_delivery_limit(25, 20));
    EXPECT_FALSE(is_near_delivery_limit(0, 1));
}

}  // namespace
}  // namespace eventail::tools
