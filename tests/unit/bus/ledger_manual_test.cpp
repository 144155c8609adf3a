// Manual acknowledgement: a call's meaning is fixed when it is made, and it never settles a message
// that no handler has seen. (protocol.md, "Acknowledgement: nothing is lost")
#include "bus/ledger.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace eventail::bus {
namespace {

using Settlements = std::vector<Settlement>;

class ManualLedger : public testing::Test {
protected:
    std::uint64_t delivers() { return ledger.delivered(ledger.expected_tag()); }
    std::uint64_t starts() {
        const std::uint64_t token = delivers();
        ledger.started(token, intake.next_sequence());
        return token;
    }
    std::uint64_t holds() {
        const std::uint64_t token = starts();
        ledger.held(token);
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
    ManualSettlement ack(std::uint64_t token, bool multiple = false) {
        return {.token = token, .multiple = multiple, .accepted_before = intake.next_sequence()};
    }
    Settlements flushes() {
        Settlements out;
        ledger.review(outbox);
        ledger.flush(out);
        return out;
    }

    Intake intake{{}};
    Outbox outbox{{}};
    Ledger ledger;
};

TEST_F(ManualLedger, a_held_input_is_acknowledged_only_by_hand) {
    const auto input = holds();

    EXPECT_EQ(flushes(), Settlements{});
    ledger.settle_manually(ack(input));

    EXPECT_EQ(flushes(), Settlements{{.delivery_tag = 1}});
}

TEST_F(ManualLedger, a_manual_acknowledgement_waits_for_what_was_published_up_to_the_call) {
    const auto input = holds();
    publishes();
    const ManualSettlement call = ack(input);
    publishes();
    ledger.settle_manually(call);

    EXPECT_EQ(flushes(), Settlements{});
    outbox.confirm(1, false, true, {});

    EXPECT_EQ(flushes(), Settlements{{.delivery_tag = 1}});
}

TEST_F(ManualLedger, one_made_inside_the_handler_does_not_wait_for_what_follows) {
    const auto input = starts();
    ledger.settle_manually(ack(input));
    publishes();
    ledger.held(input);

    EXPECT_EQ(flushes(), Settlements{{.delivery_tag = 1}});
}

TEST_F(ManualLedger, one_made_inside_the_handler_decides_even_if_it_fails_later) {
    const auto input = starts();
    ledger.settle_manually(ack(input));

    ledger.rejected(input, true);

    EXPECT_EQ(flushes(), Settlements{{.delivery_tag = 1}});
}

TEST_F(ManualLedger, multiple_means_everything_older_that_a_handler_has_seen) {
    holds();
    const auto second = holds();
    holds();

    ledger.settle_manually(ack(second, true));

    EXPECT_EQ(flushes(), (Settlements{{.delivery_tag = 2, .multiple = true}}));
    EXPECT_EQ(ledger.outstanding(), 1u);
}

TEST_F(ManualLedger, multiple_does_not_settle_what_no_handler_has_seen) {
    delivers();
    const auto seen = holds();

    ledger.settle_manually(ack(seen, true));

    EXPECT_EQ(flushes(), Settlements{{.delivery_tag = 2}});
    EXPECT_EQ(ledger.outstanding(), 1u);
}

TEST_F(ManualLedger, the_set_of_a_multiple_is_fixed_at_the_call) {
    holds();
    const auto second = holds();
    publishes();
    ManualSettlement call = ack(second, true);
    call.accepted_before = 1;
    const auto third = holds();

    ledger.settle_manually(call);

    EXPECT_EQ(flushes(), (Settlements{{.delivery_tag = 2, .multiple = true}}));
    EXPECT_TRUE(ledger.is_outstanding(third));
}

TEST_F(ManualLedger, a_manual_nack_gives_back_or_dead_letters_at_once) {
    const auto first = holds();
    const auto second = holds();
    publishes();

    ledger.settle_manually({.token = first, .is_ack = false, .requeue = true});
    ledger.settle_manually({.token = second, .is_ack = false, .requeue = false});

    EXPECT_EQ(flushes(),
              (Settlements{{.delivery_tag = 1, .verb = Settlement::Verb::nack, .requeue = true},
                           {.delivery_tag = 2, .verb = Settlement::Verb::nack}}));
}

TEST_F(ManualLedger, a_second_call_for_the_same_input_changes_nothing) {
    const auto input = holds();
    ledger.settle_manually(ack(input));
    ASSERT_EQ(flushes(), Settlements{{.delivery_tag = 1}});

    ledger.settle_manually(ack(input));
    ledger.settle_manually({.token = input, .is_ack = false, .requeue = true});

    EXPECT_EQ(flushes(), Settlements{});
}

TEST_F(ManualLedger, one_made_inside_the_handler_is_not_repeated_at_its_end) {
    const auto input = starts();
    ledger.settle_manually(ack(input));
    publishes();

    ledger.ended(input, intake.next_sequence());

    EXPECT_EQ(flushes(), Settlements{{.delivery_tag = 1}});
    EXPECT_EQ(ledger.waiting(), 0u);
}

TEST_F(ManualLedger, a_stale_token_is_ignored_after_a_reconnect) {
    const auto stale = holds();
    const auto last_stale = holds();
    ledger.channel_lost();
    const auto fresh = holds();

    for (const auto token : {stale, last_stale}) {
        ledger.settle_manually(ack(token));
        ledger.settle_manually(ack(token, true));
    }

    EXPECT_EQ(flushes(), Settlements{});
    EXPECT_TRUE(ledger.is_outstanding(fresh));
}

TEST_F(ManualLedger, token_0_means_nothing_not_even_with_multiple) {
    holds();
    holds();

    ledger.settle_manually(ack(0));
    ledger.settle_manually(ack(0, true));

    EXPECT_EQ(flushes(), Settlements{});
}

TEST_F(ManualLedger, a_token_that_was_never_given_out_settles_nothing_beyond_what_there_is) {
    holds();

    ledger.settle_manually(ack(std::numeric_limits<std::uint64_t>::max()));

    EXPECT_EQ(flushes(), Settlements{});
}

TEST_F(ManualLedger, what_was_held_behind_a_gap_is_acknowledged_without_the_gap) {
    holds();
    const auto second = holds();
    const auto third = holds();

    ledger.settle_manually(ack(second));
    ledger.settle_manually(ack(third));

    EXPECT_EQ(flushes(), (Settlements{{.delivery_tag = 2}, {.delivery_tag = 3}}));
}

TEST_F(ManualLedger, one_of_many_leaves_out_earlier_inputs_whose_handlers_still_run) {
    const auto running = starts();
    holds();
    const auto named = starts();

    ledger.settle_manually(ack(named, true));

    EXPECT_EQ(flushes(), (Settlements{{.delivery_tag = 2}, {.delivery_tag = 3}}));
    ledger.ended(running, intake.next_sequence());
    EXPECT_EQ(flushes(), Settlements{{.delivery_tag = 1}});
}

}  // namespace
}  // namespace eventail::bus
