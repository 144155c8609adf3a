// A channel's unsettled deliveries, by tag.
#include "broker/core/unsettled.hpp"

#include "broker/core/message.hpp"
#include "broker/core/queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <set>

namespace eventail::broker {
namespace {

class UnsettledTest : public testing::Test {
protected:
    void add(std::uint64_t tag) {
        unsettled_.push_back({.delivery_tag = tag, .queued = {.message = message_}});
    }

    std::shared_ptr<MemoryGauge> gauge_ = std::make_shared<MemoryGauge>();
    MessagePtr message_ = std::make_shared<Message>(gauge_, Address{}, encode_properties({}),
                                                    std::make_shared<wire::Buffer>());
    UnsettledDeliveries unsettled_{gauge_};
};

TEST_F(UnsettledTest, a_tag_is_taken_once) {
    add(1);
    add(2);

    EXPECT_EQ(unsettled_.take(2)->delivery_tag, 2u);
    EXPECT_FALSE(unsettled_.take(2));
    EXPECT_FALSE(unsettled_.contains(2));
    EXPECT_TRUE(unsettled_.contains(1));
    EXPECT_EQ(unsettled_.size(), 1u);
}

TEST_F(UnsettledTest, tags_may_have_gaps) {
    add(3);
    add(9);

    EXPECT_FALSE(unsettled_.take(5));
    EXPECT_FALSE(unsettled_.take(10));
    EXPECT_TRUE(unsettled_.take(9));
}

TEST_F(UnsettledTest, the_first_ones_are_taken_up_to_a_tag) {
    for (std::uint64_t tag = 1; tag <= 4; ++tag) add(tag);
    unsettled_.take(2);

    EXPECT_EQ(unsettled_.take_first(3)->delivery_tag, 1u);
    EXPECT_EQ(unsettled_.take_first(3)->delivery_tag, 3u);
    EXPECT_FALSE(unsettled_.take_first(3));
    EXPECT_EQ(unsettled_.size(), 1u);
}

TEST_F(UnsettledTest, behaves_like_a_set_in_random_use) {
    std::mt19937 random(7);
    std::set<std::uint64_t> expected;
    std::uint64_t last = 0;

    for (int step = 0; step < 20'000; ++step) {
        if (random() % 2 == 0) {
            add(++last);
            expected.insert(last);
        } else {
            const std::uint64_t tag =
                last == 0 ? 0 : last - random() % std::min<std::uint64_t>(last, 200);
            ASSERT_EQ(unsettled_.take(tag).has_value(), expected.erase(tag) == 1) << tag;
        }
        ASSERT_EQ(unsettled_.size(), expected.size());
    }
    for (const std::uint64_t tag : expected) {
        ASSERT_EQ(unsettled_.take_first(last)->delivery_tag, tag);
    }
    EXPECT_TRUE(unsettled_.empty());
}

}  // namespace
}  // namespace eventail::broker
