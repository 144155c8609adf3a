// Dead letters: their destinations and their headers. The golden headers come from RabbitMQ 3.10.8
// for the same messages.
#include "unit/broker/core/core_fixture.hpp"
#include "unit/wire/golden.hpp"

namespace eventail::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wire::golden::to_hex;

class DeadLetter : public BrokerTest {
protected:
    void SetUp() override {
        client_.declare_queue("dead");
        client_.declare_exchange("dlx", "fanout");
        client_.bind("dead", "dlx", "");
    }

    void declare(std::string_view name, wire::Table arguments) {
        client_.declare_queue(
            name, {.arguments = std::move(arguments.set("x-dead-letter-exchange", "dlx"))});
    }
    MessagePtr next_dead() {
        const auto got = client_.get("dead", true);
        if (!got) ADD_FAILURE() << "nothing died";
        return got ? got->message : nullptr;
    }
    void reject(std::string_view queue) { client_.nack(client_.get(queue)->delivery_tag, false); }
    /// "queue reason count" of each entry of x-death.
    static std::vector<std::string> deaths_of(const Message& message) {
        std::vector<std::string> deaths;
        const auto field = message.headers().find("x-death");
        if (!field) return deaths;
        const wire::ArrayView entries = *field->as_array();
        for (const wire::FieldView entry : entries) {
            const wire::TableView table = *entry.as_table();
            deaths.push_back(std::string(*table.find("queue")->as_text()) + " " +
                             std::string(*table.find("reason")->as_text()) + " " +
                             std::to_string(*table.find("count")->as_int64()));
        }
        return deaths;
    }
};

TEST_F(DeadLetter, a_rejected_message_goes_to_the_dead_letter_exchange_with_its_key) {
    declare("q", {});
    client_.send("q", "1", {.delivery_mode = std::uint8_t{2}, .message_id = "id"});

    reject("q");

    const MessagePtr dead = next_dead();
    EXPECT_EQ(body_of(*dead), "1");
    EXPECT_EQ(dead->exchange(), "dlx");
    EXPECT_EQ(dead->routing_key(), "q");
    EXPECT_TRUE(dead->is_persistent());
    EXPECT_EQ(dead->decoded_properties().message_id, "id");
    EXPECT_THAT(deaths_of(*dead), ElementsAre("q rejected 1"));
}

TEST_F(DeadLetter, a_message_that_is_given_back_does_not_die) {
    declare("q", {});
    client_.send("q", "1");

    client_.nack(client_.get("q")->delivery_tag, true);

    EXPECT_THAT(client_.drain("dead"), IsEmpty());
}

TEST_F(DeadLetter, an_expired_message_dies_without_its_expiration) {
    declare("q", {});
    client_.send("q", "1", {.expiration = "100"});

    pass(100ms);

    const MessagePtr dead = next_dead();
    EXPECT_THAT(deaths_of(*dead), ElementsAre("q expired 1"));
    EXPECT_EQ(dead->decoded_properties().expiration, std::nullopt);
}

TEST_F(DeadLetter, messages_that_a_full_queue_drops_die_of_maxlen) {
    declare("q", wire::Table().set("x-max-length", 1));
    client_.send("q", "1");
    client_.send("q", "2");

    const MessagePtr dead = next_dead();
    EXPECT_EQ(body_of(*dead), "1");
    EXPECT_THAT(deaths_of(*dead), ElementsAre("q maxlen 1"));
}

TEST_F(DeadLetter, messages_that_a_full_queue_refuses_die_only_with_reject_publish_dlx) {
    declare("q", wire::Table().set("x-max-length", 0).set("x-overflow", "reject-publish"));
    declare("r", wire::Table().set("x-max-length", 0).set("x-overflow", "reject-publish-dlx"));

    EXPECT_EQ(client_.send("q", "1"), Fate::rejected);
    EXPECT_EQ(client_.send("r", "2"), Fate::rejected);

    EXPECT_THAT(client_.drain("dead"), ElementsAre("2"));
}

TEST_F(DeadLetter, neither_purged_nor_deleted_messages_die) {
    declare("q", {});
    client_.send("q", "1");
    client_.channel().purge(wire::QueuePurge{.queue = "q"});
    client_.send("q", "2");
    client_.channel().remove(wire::QueueDelete{.queue = "q"});

    EXPECT_THAT(client_.drain("dead"), IsEmpty());
}

TEST_F(DeadLetter, a_routing_key_can_be_given_and_the_copies_are_dropped_then) {
    declare("q", wire::Table().set("x-dead-letter-routing-key", "key"));
    client_.send("q", "1", {.headers = wire::Table().set("CC", wire::Array().add("c").view())});

    reject("q");

    const MessagePtr dead = next_dead();
    EXPECT_EQ(dead->routing_key(), "key");
    EXPECT_TRUE(dead->copies().empty());
    EXPECT_FALSE(dead->headers().find("CC"));
}

TEST_F(DeadLetter, without_the_exchange_it_is_gone) {
    declare("q", {});
    client_.channel().remove(wire::ExchangeDelete{.exchange = "dlx"});
    client_.send("q", "1");

    EXPECT_NO_THROW(reject("q"));
    EXPECT_EQ(ready_count("dead"), 0u);
}

TEST_F(DeadLetter, one_entry_per_queue_and_reason_the_latest_first) {
    declare("q", wire::Table().set("x-max-length", 1));
    client_.send("q", "1");
    reject("q");
    MessagePtr dead = next_dead();
    client_.send("q", "1", dead->decoded_properties());
    client_.send("q", "2");
    dead = next_dead();
    EXPECT_THAT(deaths_of(*dead), ElementsAre("q maxlen 1", "q rejected 1"));

    client_.channel().purge(wire::QueuePurge{.queue = "q"});
    client_.send("q", "1", dead->decoded_properties());
    reject("q");

    dead = next_dead();
    EXPECT_THAT(deaths_of(*dead), ElementsAre("q rejected 2", "q maxlen 1"));
    EXPECT_EQ(dead->headers().find("x-first-death-reason")->as_text(), "rejected");
    EXPECT_EQ(dead->headers().find("x-first-death-queue")->as_text(), "q");
    EXPECT_EQ(dead->headers().find("x-first-death-exchange")->as_text(), "");
}

TEST_F(DeadLetter, a_circle_that_nobody_rejects_ends) {
    client_.declare_queue(
        "q",
        {.arguments = wire::Table().set("x-dead-letter-exchange", "").set("x-message-ttl", 100)});
    client_.send("q", "1");

    pass(100ms);

    EXPECT_EQ(ready_count("q"), 0u);
}

TEST_F(DeadLetter, a_circle_that_a_consumer_rejects_in_goes_on) {
    client_.declare_queue("work", {.arguments = wire::Table()
                                                    .set("x-dead-letter-exchange", "")
                                                    .set("x-dead-letter-routing-key", "wait")});
    client_.declare_queue("wait", {.arguments = wire::Table()
                                                    .set("x-dead-letter-exchange", "")
                                                    .set("x-dead-letter-routing-key", "work")
                                                    .set("x-message-ttl", 100)});
    client_.send("work", "1");

    for (int round = 1; round <= 3; ++round) {
        reject("work");
        pass(0ms);
        pass(100ms);
        ASSERT_EQ(ready_count("work"), 1u) << round;
    }

    EXPECT_THAT(deaths_of(*core_.peek("/", "work", 1)[0]),
                ElementsAre("wait expired 3", "work rejected 3"));
}

TEST_F(DeadLetter, passes_through_as_many_queues_as_it_takes) {
    constexpr int length = 20;
    const auto name = [](int i) { return "q" + std::to_string(i); };
    for (int i = 0; i < length; ++i) {
        client_.declare_queue(name(i),
                              {.arguments = wire::Table()
                                                .set("x-max-length", 0)
                                                .set("x-dead-letter-exchange", "")
                                                .set("x-dead-letter-routing-key",
                                                     i + 1 < length ? name(i + 1) : "dead")});
    }

    client_.send(name(0), "1");

    EXPECT_EQ(deaths_of(*next_dead()).size(), 20u);
}

TEST_F(DeadLetter, a_way_without_end_ends_after_a_thousand_deaths) {
    constexpr int length = 1'200;
    const auto name = [](int i) { return "q" + std::to_string(i); };
    for (int i = 0; i < length; ++i) {
        client_.declare_queue(name(i),
                              {.arguments = wire::Table()
                                                .set("x-message-ttl", 0)
                                                .set("x-dead-letter-exchange", "")
                                                .set("x-dead-letter-routing-key", name(i + 1))});
    }
    client_.declare_queue(name(length));

    client_.send(name(0), "1");

    EXPECT_EQ(ready_count(name(length)), 0u);
}

TEST_F(DeadLetter, malformed_death_headers_of_a_client_are_replaced) {
    declare("q", {});
    client_.send("q", "1", {.headers = wire::Table().set("x-death", "me")});

    reject("q");

    EXPECT_THAT(deaths_of(*next_dead()), ElementsAre("q rejected 1"));
}

TEST_F(DeadLetter, a_first_death_replaces_first_death_headers_of_a_client) {
    declare("q", {});
    client_.send("q", "1", {.headers = wire::Table().set("x-first-death-queue", "mine")});

    reject("q");

    const MessagePtr dead = next_dead();
    EXPECT_EQ(dead->headers().find("x-first-death-queue")->as_text(), "q");
    EXPECT_EQ(dead->headers().find("x-first-death-reason")->as_text(), "rejected");
}

TEST_F(DeadLetter, where_the_history_was_none_it_is_not_the_first_death) {
    declare("q", {});
    client_.send(
        "q", "1",
        {.headers = wire::Table().set("x-death", "me").set("x-first-death-queue", "mine")});

    reject("q");

    const MessagePtr dead = next_dead();
    EXPECT_EQ(dead->headers().find("x-first-death-queue")->as_text(), "mine");
    EXPECT_FALSE(dead->headers().find("x-first-death-reason"));
    EXPECT_FALSE(dead->headers().find("x-first-death-exchange"));
}

/// The recorded messages: see the queue "src" in each.
class RecordedDeath : public DeadLetter {
protected:
    static constexpr std::chrono::sys_seconds recorded_at_{0x6b05'2fecs};

    RecordedDeath() : recorded_core_(now_, {.started_at = recorded_at_}) {}

    Core recorded_core_;
    Client recorder_{recorded_core_};
};

TEST_F(RecordedDeath, headers_are_the_bytes_of_rabbitmq) {
    recorder_.declare_exchange("dlx", "fanout");
    recorder_.declare_queue("dl");
    recorder_.bind("dl", "dlx", "");
    recorder_.declare_queue(
        "src",
        {.arguments = wire::Table().set("x-dead-letter-exchange", "dlx").set("x-max-length", 2)});
    recorder_.bind("src", "amq.topic", "#");
    const wire::Table headers = wire::Table()
                                    .set("z", 1)
                                    .set("a", "x")
                                    .set("CC", wire::Array().add("c1").view())
                                    .set("BCC", wire::Array().add("b1").view());
    const auto die = [&](const Got& got) {
        recorder_.nack(got.delivery_tag, false);
        return recorder_.get("dl", true)->message;
    };

    recorder_.publish("amq.topic", "a.b", "1", {.headers = headers, .expiration = "60000"});
    const MessagePtr first = die(*recorder_.get("src"));
    recorder_.send("src", "1", first->decoded_properties());
    const MessagePtr second = die(*recorder_.get("src"));
    recorded_core_.tick(now_ + 1s);
    for (int i = 0; i < 3; ++i) recorder_.send("src", "1", second->decoded_properties());
    const MessagePtr third = recorder_.get("dl", true)->message;

    EXPECT_EQ(to_hex(first->headers().encoded()),
              "024343410000000753000000026331016153000000017807782d6465617468410000009a460000009505"
              "636f756e746c000000000000000106726561736f6e530000000872656a65637465640571756575655300"
              "0000037372630474696d6554000000006b052fec0865786368616e67655300000009616d712e746f7069"
              "630c726f7574696e672d6b657973410000000f5300000003612e6253000000026331136f726967696e61"
              "6c2d65787069726174696f6e5300000005363030303016782d66697273742d64656174682d6578636861"
              "6e67655300000009616d712e746f70696313782d66697273742d64656174682d71756575655300000003"
              "73726314782d66697273742d64656174682d726561736f6e530000000872656a6563746564017a490000"
              "0001");
    EXPECT_EQ(to_hex(second->headers().encoded()),
              "024343410000000753000000026331016153000000017807782d6465617468410000009a460000009505"
              "636f756e746c00000000000000020865786368616e67655300000009616d712e746f706963136f726967"
              "696e616c2d65787069726174696f6e530000000536303030300571756575655300000003737263067265"
              "61736f6e530000000872656a65637465640c726f7574696e672d6b657973410000000f5300000003612e"
              "62530000000263310474696d6554000000006b052fec16782d66697273742d64656174682d6578636861"
              "6e67655300000009616d712e746f70696313782d66697273742d64656174682d71756575655300000003"
              "73726314782d66697273742d64656174682d726561736f6e530000000872656a6563746564017a490000"
              "0001");
    EXPECT_EQ(to_hex(third->headers().encoded()),
              "024343410000000753000000026331016153000000017807782d6465617468410000010b460000006c05"
              "636f756e746c00000000000000010865786368616e676553000000000571756575655300000003737263"
              "06726561736f6e53000000066d61786c656e0c726f7574696e672d6b657973410000000f530000000373"
              "7263530000000263310474696d6554000000006b052fed460000009505636f756e746c00000000000000"
              "020865786368616e67655300000009616d712e746f706963136f726967696e616c2d6578706972617469"
              "6f6e53000000053630303030057175657565530000000373726306726561736f6e530000000872656a65"
              "637465640c726f7574696e672d6b657973410000000f5300000003612e62530000000263310474696d65"
              "54000000006b052fec16782d66697273742d64656174682d65786368616e67655300000009616d712e74"
              "6f70696313782d66697273742d64656174682d7175657565530000000373726314782d66697273742d64"
              "656174682d726561736f6e530000000872656a6563746564017a4900000001");
}

// Six queues that accept nothing dead-letter into the exchange they are bound to: 6! ways through.
TEST_F(DeadLetter, that_multiply_are_published_in_slices) {
    for (int i = 0; i < 6; ++i) {
        const std::string name = "q" + std::to_string(i);
        declare(name, wire::Table().set("x-max-length", 0));
        client_.bind(name, "dlx", "");
    }
    client_.publish("dlx", "", "body");

    int slices = 0;
    for (core_.dispatch(); core_.has_pending_work(); core_.dispatch()) {
        EXPECT_EQ(core_.next_deadline(), now_);
        ASSERT_LT(++slices, 1'000);
    }

    EXPECT_GT(slices, 3);
    EXPECT_EQ(core_.next_deadline(), std::nullopt);
    // One copy for each way, at each of its steps: the sum of 6! / k! for k from 0 to 6.
    EXPECT_EQ(ready_count("dead"), 1'957u);
}

TEST_F(DeadLetter, beyond_twice_the_memory_limit_are_lost_and_counted) {
    Core small(now_, {.memory_limit_bytes = 100'000});
    Client client(small);
    client.declare_queue("dead");
    client.declare_queue("q", {.arguments = wire::Table()
                                                .set("x-dead-letter-exchange", "")
                                                .set("x-dead-letter-routing-key", "dead")});
    client.consume("q");
    const std::string body(50'000, 'x');
    for (int i = 0; i < 6; ++i) client.send("q", body);
    client.take();
    ASSERT_GT(small.held_bytes(), 200'000u);

    client.nack(6, false, true);
    small.dispatch();

    EXPECT_GT(small.lost_letter_count(), 0u);
    EXPECT_TRUE(small.is_consistent());
}

}  // namespace
}  // namespace eventail::broker
