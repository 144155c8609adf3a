// What the outbox's store keeps of many messages, and when it sets the few apart that stay.
#include "bus/outbox_store.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace eventail::bus {
namespace {

class OutboxStoreTest : public testing::Test {
protected:
    /// Messages 1 to `count`, in one segment.
    void has(std::size_t count) {
        auto segment = std::make_shared<Segment>();
        segment->frames.reserve(count);
        std::vector<Accepted> messages;
        for (std::size_t i = 0; i < count; ++i) messages.push_back({.offset = i, .length = 1});
        messages.front().segment = segment;
        store.add(messages);
    }
    void settles(Sequence first, Sequence last) {
        for (Sequence sequence = first; sequence <= last; ++sequence) {
            store.settle(sequence, *store.find(sequence));
        }
        store.let_go();
    }

    OutboxStore store;
};

TEST_F(OutboxStoreTest, lets_go_of_the_oldest_when_they_are_settled) {
    has(10);

    settles(1, 4);

    EXPECT_EQ(store.begin(), 5u);
    EXPECT_EQ(store.end(), 11u);
    EXPECT_EQ(store.find(4), nullptr);
    EXPECT_TRUE(store.is_settled(4));
    EXPECT_FALSE(store.is_settled(11)) << "it is not accepted yet";
    EXPECT_TRUE(store.is_consistent());
}

TEST_F(OutboxStoreTest, sets_nothing_apart_in_a_short_row) {
    has(4095);
    settles(2, 4095);

    EXPECT_FALSE(store.is_mostly_settled());
}

TEST_F(OutboxStoreTest, sets_nothing_apart_if_more_than_one_of_64_is_not_settled) {
    has(4096);
    settles(66, 4096);
    EXPECT_FALSE(store.is_mostly_settled());

    settles(65, 65);

    EXPECT_TRUE(store.is_mostly_settled());
}

TEST_F(OutboxStoreTest, sets_apart_what_is_not_settled_in_the_older_half) {
    has(4096);
    settles(2, 2047);
    settles(2049, 2049);
    settles(2051, 4095);

    EXPECT_EQ(store.set_stragglers_apart(), (std::vector<Sequence>{1, 2048}));
    store.let_go();

    EXPECT_EQ(store.begin(), 2050u) << "the newer half stays in its row";
    EXPECT_EQ(store.unsettled(), 4u);
    EXPECT_NE(store.find(2048), nullptr);
    EXPECT_EQ(store.find(2047), nullptr);
    EXPECT_TRUE(store.is_consistent());
}

TEST_F(OutboxStoreTest, stragglers_count_no_more_for_the_row) {
    has(4096);
    settles(65, 4096);
    store.set_stragglers_apart();
    store.let_go();

    EXPECT_EQ(store.begin(), store.end());
    EXPECT_FALSE(store.is_mostly_settled());
}

TEST_F(OutboxStoreTest, lets_go_of_a_straggler_that_is_settled_and_then_of_its_segment) {
    has(4096);
    settles(2, 4096);
    store.set_stragglers_apart();
    store.let_go();
    EXPECT_TRUE(store.released().empty());

    settles(1, 1);

    EXPECT_EQ(store.find(1), nullptr);
    EXPECT_TRUE(store.is_settled(1));
    EXPECT_EQ(store.unsettled(), 0u);
    EXPECT_EQ(store.released().size(), 1u);
    EXPECT_TRUE(store.is_consistent());
}

}  // namespace
}  // namespace eventail::bus
