// When a delivery is settled, and how. (protocol.md, "Acknowledgement: nothing is lost")
#include "bus/ledger.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eventail::bus {
namespace {

const Settlement ack_1{.delivery_tag = 1};

/// A ledger beside an outbox, with the steps of a delivery as verbs.
class LedgerTest : public testing::Test {
protected:
    std::uint64_t delivers() { return ledger.delivered(ledger.expected_tag()); }
    std::uint64_t starts() {
        const std::uint64_t token = delivers();
        ledger.started(token, intake.next_sequence());
        return token;
    }
    void publishes() {
        intake.append(wire::as_bytes("frames"), {});
        Intake::Batch batch;
        intake.take(batch);
        outbox.absorb(batch.messages);
        while (outbox.next()) {
        }
    }
    void ends(std::uint64_t token) { ledger.ended(token, intake.next_sequence()); }
    void confirms(std::uint64_t tag) { outbox.confirm(tag, false, true, {}); }
    std::vector<Settlement> flushes() {
        std::vector<Settlement> out;
        ledger.review(outbox);
        ledger.flush(out);
        return out;
    }

    Intake intake{{}};
    Outbox outbox{{}};
    Ledger ledger;
};

using Settlements = std::vector<Settlement>;

TEST_F(LedgerTest, an_input_is_not_acknowledged_before_its_handler_has_ended) {
    const auto input = starts();

    EXPECT_EQ(flushes(), Settlements{});
    ends(input);

    EXPECT_EQ(flushes(), Settlements{ack_1});
}

TEST_F(LedgerTest, an_input_waits_for_what_was_published_between_start_and_end) {
    const auto input = starts();
    publishes();
    publishes();
    ends(input);

    confirms(2);
    EXPECT_EQ(flushes(), Settlements{});
    EXPECT_EQ(ledger.waiting(), 1u);
    confirms(1);

    EXPECT_EQ(flushes(), Settlements{ack_1});
    EXPECT_EQ(ledger.outstanding(), 0u);
}

TEST_F(LedgerTest, messages_published_before_the_start_or_after_the_end_do_not_hold_an_input) {
    publishes();
    const auto input = starts();
    ends(input);
    publishes();

    EXPECT_EQ(flushes(), Settlements{ack_1});
}

TEST_F(LedgerTest, messages_published_before_a_handler_that_began_late_do_not_hold_its_input) {
    const auto token = starts();
    publishes();
    ledger.started_later(token, intake.next_sequence());
    ends(token);

    EXPECT_EQ(flushes(), Settlements{{.delivery_tag = 1}});
}

TEST_F(LedgerTest, a_message_that_was_accepted_but_not_yet_absorbed_holds_an_input) {
    const auto input = starts();
    intake.append(wire::as_bytes("still in the intake"), {});
    ends(input);

    EXPECT_EQ(flushes(), Settlements{});
}

TEST_F(LedgerTest, a_nacked_publish_holds_back_dependent_acks) {
    const auto dependent = starts();
    publishes();
    ends(dependent);
    const auto independent = starts();
    ends(independent);

    outbox.confirm(1, false, false, {});

    EXPECT_EQ(flushes(), Settlements{{.delivery_tag = 2}});
}

TEST_F(LedgerTest, acknowledgements_are_coalesced_over_a_contiguous_prefix) {
    const auto first = starts();
    const auto second = starts();
    const auto third = starts();
    ends(third);
    ends(first);
    ends(second);

    EXPECT_EQ(flushes(), (Settlements{{.delivery_tag = 3, .multiple = true}}));
}

TEST_F(LedgerTest, a_gap_ends_what_is_coalesced_and_the_rest_is_acknowledged_one_by_one) {
    const auto first = starts();
    const auto second = starts();
    starts();
    const auto fourth = starts();
    const auto fifth = starts();
    for (const auto input : {first, second, fourth, fifth}) ends(input);

    EXPECT_EQ(flushes(), (Settlements{{.delivery_tag = 2, .multiple = true},
                                      {.delivery_tag = 4},
                                      {.delivery_tag = 5}}));
    EXPECT_EQ(ledger.outstanding(), 1u);
}

TEST_F(LedgerTest, a_coalesced_acknowledgement_names_a_tag_that_is_outstanding) {
    const auto first = starts();
    const auto second = starts();
    const auto third = starts();
    ends(second);
    ASSERT_EQ(flushes(), Settlements{{.delivery_tag = 2}});

    ends(first);
    ASSERT_EQ(flushes(), Settlements{ack_1});
    ends(third);

    EXPECT_EQ(flushes(), Settlements{{.delivery_tag = 3}});
}

TEST_F(LedgerTest, rejections_go_out_before_acknowledgements) {
    const auto first = starts();
    const auto second = starts();
    const auto third = starts();
    ends(first);
    ledger.rejected(second, true);
    ends(third);

    EXPECT_EQ(flushes(),
              (Settlements{{.delivery_tag = 2, .verb = Settlement::Verb::reject, .requeue = true},
                           {.delivery_tag = 3, .multiple = true}}));
}

TEST_F(LedgerTest, a_rejection_waits_for_no_confirm) {
    const auto input = starts();
    publishes();

    ledger.rejected(input, false);

    EXPECT_EQ(flushes(), (Settlements{{.delivery_tag = 1, .verb = Settlement::Verb::reject}}));
}

TEST_F(LedgerTest, a_delivery_without_a_handler_can_be_rejected) {
    const auto poison = delivers();

    ledger.rejected(poison, false);

    EXPECT_EQ(flushes(), (Settlements{{.delivery_tag = 1, .verb = Settlement::Verb::reject}}));
    EXPECT_FALSE(ledger.is_outstanding(poison));
}

TEST_F(LedgerTest, a_delivery_that_nobody_failed_is_given_back_by_a_nack) {
    const auto unseen = delivers();
    const auto running = starts();

    ledger.given_back(unseen);
    ledger.given_back(running);

    EXPECT_EQ(flushes(),
              (Settlements{{.delivery_tag = 1, .verb = Settlement::Verb::nack, .requeue = true},
                           {.delivery_tag = 2, .verb = Settlement::Verb::nack, .requeue = true}}));
    ledger.given_back(running);
    EXPECT_FALSE(ledger.has_settlements());
}

TEST_F(LedgerTest, each_delivery_is_settled_once) {
    const auto input = starts();
    ends(input);
    ASSERT_EQ(flushes(), Settlements{ack_1});

    ends(input);
    ledger.rejected(input, true);

    EXPECT_EQ(flushes(), Settlements{});
    EXPECT_FALSE(ledger.has_settlements());
}

TEST_F(LedgerTest, a_lost_channel_takes_its_deliveries_along) {
    const auto ended = starts();
    const auto running = starts();
    ends(ended);

    ledger.channel_lost();
    ends(running);
    ledger.rejected(ended, true);

    EXPECT_EQ(flushes(), Settlements{});
    EXPECT_EQ(ledger.outstanding(), 0u);
    EXPECT_EQ(ledger.waiting(), 0u);
}

TEST_F(LedgerTest, tags_begin_again_with_a_channel_and_tokens_do_not) {
    const auto before = starts();
    starts();
    ledger.channel_lost();

    EXPECT_EQ(ledger.expected_tag(), 1u);
    const auto after = starts();
    ends(before);
    ends(after);

    EXPECT_GT(after, before + 1);
    EXPECT_EQ(flushes(), Settlements{ack_1});
}

TEST_F(LedgerTest, tokens_stay_unique_when_channels_are_lost_without_deliveries) {
    const auto before = starts();
    ledger.channel_lost();
    ledger.channel_lost();
    const auto after = starts();

    EXPECT_GT(after, before);
    EXPECT_TRUE(ledger.is_outstanding(after));
    EXPECT_FALSE(ledger.is_outstanding(before));
}

TEST_F(LedgerTest, an_acknowledgement_that_was_not_written_is_void_with_its_channel) {
    ends(starts());
    ledger.review(outbox);
    ASSERT_EQ(ledger.ready(), 1u);

    ledger.channel_lost();

    EXPECT_EQ(ledger.ready(), 0u);
    EXPECT_FALSE(ledger.has_settlements());
    EXPECT_EQ(flushes(), Settlements{});
}

}  // namespace
}  // namespace eventail::bus
