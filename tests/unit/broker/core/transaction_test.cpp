// A channel's transactions: what they hold back, the effects of commit and rollback, and their
// bounds on memory and time.
#include "unit/broker/core/core_fixture.hpp"

namespace eventail::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TransactionTest : public BrokerTest {
protected:
    TransactionTest() {
        client_.declare_queue("q");
        client_.channel().select_transaction(false);
    }

    /// As a client's connection does.
    Progress finish(Progress progress, std::uint16_t channel = 1) {
        while (client_.channel(channel).is_busy()) {
            ++parts_;
            Progress more = client_.channel(channel).go_on();
            for (MessagePtr& message : more.returned) progress.returned.push_back(message);
            progress.is_committed = progress.is_committed || more.is_committed;
            progress.is_rolled_back = progress.is_rolled_back || more.is_rolled_back;
        }
        return progress;
    }
    void commit() { EXPECT_TRUE(finish(client_.channel().commit()).is_committed); }
    void roll_back() { EXPECT_TRUE(finish(client_.channel().rollback()).is_rolled_back); }

    Client other_{core_};
    int parts_ = 0;
};

TEST_F(TransactionTest, a_message_is_in_its_queue_after_the_commit) {
    EXPECT_EQ(client_.send("q", "1"), Fate::held);
    EXPECT_EQ(ready_count("q"), 0u);

    commit();

    EXPECT_THAT(other_.drain("q"), ElementsAre("1"));
}

TEST_F(TransactionTest, a_rollback_drops_messages_and_gives_their_memory_back) {
    const std::size_t before = core_.held_bytes();
    for (int i = 0; i < 10; ++i) client_.send("q", std::string(1000, 'x'));
    EXPECT_GT(core_.held_bytes(), before + 10'000);

    roll_back();

    EXPECT_EQ(core_.held_bytes(), before);
    EXPECT_EQ(ready_count("q"), 0u);
}

TEST_F(TransactionTest, an_acknowledgement_counts_from_the_commit) {
    other_.send("q", "1");
    client_.get("q");

    client_.ack(1);
    EXPECT_EQ(core_.list_queues("/")[0].unsettled_count, 1u);
    commit();

    EXPECT_EQ(core_.list_queues("/")[0].unsettled_count, 0u);
}

TEST_F(TransactionTest, a_rollback_leaves_deliveries_unsettled_and_does_not_requeue_them) {
    other_.send("q", "1");
    other_.send("q", "2");
    client_.get("q");
    client_.get("q");
    client_.nack(2, true);
    client_.ack(1);

    roll_back();

    EXPECT_EQ(ready_count("q"), 0u);
    EXPECT_EQ(client_.channel().unsettled_count(), 2u);
    client_.nack(2, true, true);
    commit();
    EXPECT_THAT(other_.drain("q"), ElementsAre("1", "2"));
}

TEST_F(TransactionTest, the_oldest_delivery_has_its_age_back_after_a_rollback) {
    other_.send("q", "1");
    client_.get("q");
    pass(10ms);
    client_.ack(1);
    EXPECT_FALSE(client_.channel().unsettled_since());

    roll_back();

    EXPECT_EQ(client_.channel().unsettled_since(), TimePoint{});
}

TEST_F(TransactionTest, all_is_requeued_when_the_channel_closes_before_the_commit) {
    other_.send("q", "1");
    client_.get("q");
    client_.ack(1);
    client_.send("q", "2");

    client_.close_channel(1);

    EXPECT_THAT(other_.drain("q"), ElementsAre("1"));
}

TEST_F(TransactionTest, a_message_whose_queue_is_gone_comes_back) {
    client_.channel().publish({.routing_key = "q", .mandatory = true}, encode_properties({}).view(),
                              {});
    other_.channel().remove(wire::QueueDelete{.queue = "q"});

    const Progress progress = finish(client_.channel().commit());

    ASSERT_EQ(progress.returned.size(), 1u);
    EXPECT_EQ(progress.returned[0]->routing_key(), "q");
}

TEST_F(TransactionTest, a_full_queue_fails_the_commit_after_everything_else_was_done) {
    client_.declare_queue(
        "full",
        {.arguments = wire::Table().set("x-max-length", 0).set("x-overflow", "reject-publish")});
    client_.send("full", "1");
    client_.send("q", "2");

    expect_refusal(wire::ReplyCode::precondition_failed,
                   "PRECONDITION_FAILED - partial tx completion",
                   [this] { client_.channel().commit(); });

    EXPECT_THAT(other_.drain("q"), ElementsAre("2"));
}

TEST_F(TransactionTest, a_transaction_and_confirms_exclude_each_other) {
    expect_refusal(wire::ReplyCode::precondition_failed,
                   "PRECONDITION_FAILED - cannot switch from tx to confirm mode",
                   [this] { client_.channel().require_confirmable(); });
    expect_refusal(wire::ReplyCode::precondition_failed,
                   "PRECONDITION_FAILED - cannot switch from confirm to tx mode",
                   [this] { other_.channel().select_transaction(true); });
    expect_refusal(wire::ReplyCode::precondition_failed,
                   "PRECONDITION_FAILED - channel is not transactional",
                   [this] { other_.channel().rollback(); });
}

TEST_F(TransactionTest, a_large_commit_is_done_in_parts) {
    for (int i = 0; i < 10'000; ++i) client_.send("q", "x");

    commit();

    EXPECT_GE(parts_, 4);
    EXPECT_EQ(ready_count("q"), 10'000u);
}

TEST_F(TransactionTest, a_large_rollback_is_done_in_parts) {
    for (int i = 0; i < 10'000; ++i) client_.send("q", "x");

    roll_back();

    EXPECT_GE(parts_, 4);
}

TEST_F(TransactionTest, settling_very_many_is_done_in_parts_held_back_or_not) {
    for (std::uint16_t channel = 1; channel <= 2; ++channel) {
        for (int i = 0; i < 10'000; ++i) other_.send("q", "x");
        client_.consume("q", {}, channel);
        core_.dispatch();
        while (core_.has_pending_work()) core_.dispatch();
        ASSERT_EQ(client_.channel(channel).unsettled_count(), 10'000u);
        parts_ = 0;

        client_.ack(0, true, channel);
        finish({}, channel);

        EXPECT_GE(parts_, 4);
        EXPECT_EQ(client_.channel(channel).unsettled_count(), channel == 1 ? 10'000u : 0u);
        EXPECT_FALSE(client_.channel(channel).unsettled_since());
        if (channel == 1) client_.close_channel(1);
        other_.drain("q");
        other_.channel().purge(wire::QueuePurge{.queue = "q"});
    }
}

TEST_F(TransactionTest, a_channel_that_closes_in_the_middle_of_a_commit_loses_nothing_of_others) {
    for (int i = 0; i < 5'000; ++i) other_.send("q", "x");
    for (int i = 0; i < 5'000; ++i) client_.get("q");
    client_.ack(0, true);
    finish({});
    client_.channel().commit();
    ASSERT_TRUE(client_.channel().is_busy());

    client_.close_channel(1);

    EXPECT_EQ(other_.drain("q").size(), 3'000u);
}

class FullTransactionTest : public testing::Test {
protected:
    Core core_{TimePoint{}, {.memory_limit_bytes = 1'000'000}};
    Client client_{core_};
    Client other_{core_};
};

TEST_F(FullTransactionTest, transactions_together_hold_half_the_memory_limit_and_no_more) {
    client_.channel().select_transaction(false);
    other_.channel().select_transaction(false);
    const std::string body(100'000, 'x');
    for (int i = 0; i < 3; ++i) client_.send("q", body);
    for (int i = 0; i < 2; ++i) other_.send("q", body);

    expect_refusal(wire::ReplyCode::resource_error,
                   "RESOURCE_ERROR - transactions have reached their memory limit",
                   [&] { other_.send("q", body); });

    EXPECT_FALSE(core_.is_alarmed());
    client_.channel().rollback();
    EXPECT_EQ(other_.send("q", body), Fate::held);
}

}  // namespace
}  // namespace eventail::broker
