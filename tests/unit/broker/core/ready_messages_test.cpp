// The order in which a queue's messages wait.
#include "broker/core/ready_messages.hpp"

#include "broker/core/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace eventail::broker {
namespace {

using testing::ElementsAre;

class Ready : public testing::Test {
protected:
    QueuedMessage message(std::uint64_t position, std::uint8_t priority = 0) const {
        auto body = std::make_shared<wire::Buffer>();
        body->append(wire::as_bytes("body"));
        return {.message = std::make_shared<Message>(
                    gauge_, Address{}, encode_properties({.priority = priority}), std::move(body)),
                .position = position};
    }
    static std::vector<std::uint64_t> positions(const ReadyMessages& ready) {
        std::vector<std::uint64_t> all;
        ready.for_each([&](const QueuedMessage& queued) {
            all.push_back(queued.position);
            return true;
        });
        return all;
    }

    std::shared_ptr<MemoryGauge> gauge_ = std::make_shared<MemoryGauge>();
    ReadyMessages ready_{gauge_, 0};
};

TEST_F(Ready, returned_messages_come_before_fresh_ones) {
    for (const std::uint64_t position : {1u, 2u, 3u, 4u}) ready_.push_back(message(position));
    QueuedMessage first = ready_.pop_front();
    QueuedMessage second = ready_.pop_front();
    ready_.pop_front();

    ready_.put_back(std::move(second));
    ready_.put_back(std::move(first));

    EXPECT_THAT(positions(ready_), ElementsAre(1, 2, 4));
    EXPECT_EQ(ready_.front().position, 1u);
    EXPECT_EQ(ready_.pop_front().position, 1u);
    EXPECT_EQ(ready_.pop_front().position, 2u);
    EXPECT_EQ(ready_.pop_front().position, 4u);
    EXPECT_TRUE(ready_.empty());
}

TEST_F(Ready, a_higher_priority_is_further_in_front_up_to_the_highest_that_counts) {
    ReadyMessages ready(gauge_, 2);
    ready.push_back(message(1, 0));
    ready.push_back(message(2, 2));
    ready.push_back(message(3, 9));
    ready.push_back(message(4, 1));

    EXPECT_THAT(positions(ready), ElementsAre(2, 3, 4, 1));
}

TEST_F(Ready, counts_messages_bytes_and_its_own_memory) {
    ready_.push_back(message(1));
    ready_.push_back(message(2));
    const std::size_t held = gauge_->held_bytes;

    EXPECT_EQ(ready_.size(), 2u);
    EXPECT_EQ(ready_.body_bytes(), 8u);
    ready_.remove_if([](const QueuedMessage& queued) { return queued.position == 1; });
    EXPECT_EQ(ready_.size(), 1u);
    EXPECT_EQ(ready_.body_bytes(), 4u);
    EXPECT_EQ(gauge_->held_bytes, held / 2);
    ready_.clear();
    EXPECT_EQ(gauge_->held_bytes, 0u);
}

TEST_F(Ready, behaves_like_a_sorted_map_in_random_use) {
    std::mt19937 random(7);
    std::map<std::uint64_t, bool> expected;
    std::vector<QueuedMessage> out;
    std::uint64_t last = 0;

    for (int step = 0; step < 20'000; ++step) {
        const auto choice = random() % 3;
        if (choice == 0) {
            ready_.push_back(message(++last));
            expected[last] = true;
        } else if (choice == 1 && !ready_.empty()) {
            out.push_back(ready_.pop_front());
            ASSERT_EQ(out.back().position, expected.begin()->first);
            expected.erase(expected.begin());
        } else if (choice == 2 && !out.empty()) {
            std::swap(out[random() % out.size()], out.back());
            expected[out.back().position] = true;
            ready_.put_back(std::move(out.back()));
            out.pop_back();
        }
        ASSERT_EQ(ready_.size(), expected.size());
    }
}

}  // namespace
}  // namespace eventail::broker
