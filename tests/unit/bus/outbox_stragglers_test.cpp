// A message that the broker refuses for long, among many that it accepts: it loses nothing, and
// later messages do not pile up behind it.
#include "bus/outbox.hpp"
#include "support/outbox_bench.hpp"

#include <chrono>

namespace eventail::bus {
namespace {

using namespace std::chrono_literals;

class OutboxStragglers : public test::OutboxBench {
protected:
    /// Two messages are refused, and then so many are confirmed that the two are old.
    void have_grown_old() {
        publishes({.key = 1});
        publishes({.key = 2});
        sends();
        nacks(1);
        nacks(2);
        for (tag = 3; tag < 20000; ++tag) {
            publishes();
            outbox.next();
            acks(tag);
        }
    }

    std::uint64_t tag = 0;
};

TEST_F(OutboxStragglers, are_retried_in_order_and_before_what_is_newer) {
    have_grown_old();
    EXPECT_EQ(outbox.unsettled(), 2u);
    const Sequence newer = publishes();

    passes(15s);

    EXPECT_EQ(sends(), (Sequences{1, 2, newer}));
}

TEST_F(OutboxStragglers, are_settled_by_their_confirm) {
    have_grown_old();
    passes(15s);
    sends();

    acks(tag);

    EXPECT_TRUE(outbox.is_settled(1));
    EXPECT_FALSE(outbox.is_settled(2));
    EXPECT_TRUE(outbox.is_settled(3));
    acks(tag + 1);
    EXPECT_EQ(outbox.unsettled(), 0u);
    EXPECT_EQ(intake.held_bytes(), Intake::segment_bytes);
}

TEST_F(OutboxStragglers, go_out_again_first_when_the_connection_is_lost) {
    have_grown_old();
    const Sequence newer = publishes();
    sends();

    outbox.connection_lost();
    EXPECT_EQ(sends(), (Sequences{1, 2, newer}));
    outbox.connection_lost();

    EXPECT_EQ(sends(), (Sequences{1, 2, newer}));
}

TEST_F(OutboxStragglers, that_wait_to_be_sent_are_sent_once) {
    have_grown_old();
    passes(15s);

    outbox.connection_lost();

    EXPECT_EQ(sends(), (Sequences{1, 2}));
}

TEST_F(OutboxStragglers, are_found_when_they_come_back) {
    have_grown_old();
    passes(15s);
    sends();

    EXPECT_EQ(outbox.returned(2), Sequence{2});
    acks(tag + 1);
    EXPECT_FALSE(outbox.is_settled(2));
    outbox.returned_handled(2);

    EXPECT_TRUE(outbox.is_settled(2));
}

TEST_F(OutboxStragglers, can_be_culprits) {
    have_grown_old();
    passes(15s);
    sends();
    outbox.channel_refused();
    EXPECT_EQ(sends(), Sequences{1});

    EXPECT_EQ(outbox.channel_refused(), Sequence{1});

    EXPECT_EQ(sends(), Sequences{2});
    EXPECT_TRUE(outbox.bytes_of(1));
}

TEST_F(OutboxStragglers, that_were_never_sent_are_sent) {
    for (int i = 0; i < 5000; ++i) publishes();
    for (std::uint64_t i = 1; i < 5000; ++i) outbox.next();
    outbox.connection_lost();
    outbox.next();
    for (Sequence sequence = 3; sequence < 5000; ++sequence) outbox.abandon(sequence);
    publishes();

    EXPECT_EQ(sends(), (Sequences{2, 5000, 5001}));
}

}  // namespace
}  // namespace eventail::bus
