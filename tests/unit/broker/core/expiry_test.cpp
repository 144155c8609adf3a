// Messages and queues with a limited life.
#include "unit/broker/core/core_fixture.hpp"

namespace eventail::broker {
namespace {

using enum wire::ReplyCode;
using testing::ElementsAre;
using testing::IsEmpty;

class Expiry : public BrokerTest {
protected:
    void declare_with_ttl(int ttl) {
        client_.declare_queue("q", {.arguments = wire::Table().set("x-message-ttl", ttl)});
    }
    void expect_invalid(std::string_view expiration, std::string_view why) {
        expect_refusal(precondition_failed,
                       "PRECONDITION_FAILED - invalid expiration '" + std::string(expiration) +
                           "': " + std::string(why),
                       [&] { client_.send("q", "1", {.expiration = expiration}); });
    }
};

TEST_F(Expiry, a_queue_gives_its_messages_a_time_to_live) {
    declare_with_ttl(1000);
    client_.send("q", "1");
    pass(500ms);
    client_.send("q", "2");

    core_.dispatch();
    EXPECT_EQ(core_.next_deadline(), TimePoint(1000ms));
    pass(499ms);
    EXPECT_EQ(ready_count("q"), 2u);
    pass(1ms);
    EXPECT_EQ(ready_count("q"), 1u);
    EXPECT_EQ(core_.next_deadline(), TimePoint(1500ms));
    pass(500ms);
    EXPECT_EQ(ready_count("q"), 0u);
    EXPECT_EQ(core_.next_deadline(), std::nullopt);
}

TEST_F(Expiry, the_shorter_of_the_queues_and_the_messages_own_counts) {
    declare_with_ttl(1000);
    client_.send("q", "short", {.expiration = "100"});
    client_.send("q", "long", {.expiration = "9000"});

    pass(100ms);
    EXPECT_EQ(ready_count("q"), 1u);
    pass(900ms);
    EXPECT_EQ(ready_count("q"), 0u);
}

TEST_F(Expiry, a_message_expires_when_it_has_come_to_the_head) {
    client_.declare_queue("q");
    client_.send("q", "long", {.expiration = "5000"});
    client_.send("q", "short", {.expiration = "100"});

    pass(1000ms);
    EXPECT_EQ(ready_count("q"), 2u);
    client_.get("q", true);
    EXPECT_EQ(ready_count("q"), 0u);
}

TEST_F(Expiry, messages_that_get_counts_have_not_expired) {
    client_.declare_queue("q");
    client_.send("q", "long");
    client_.send("q", "short", {.expiration = "100"});
    client_.send("q", "another");
    pass(100ms);

    EXPECT_EQ(client_.get("q")->message_count, 1u);
}

TEST_F(Expiry, zero_means_to_a_consumer_at_once_or_not_at_all) {
    client_.declare_queue("q");
    client_.send("q", "1", {.expiration = "0"});
    EXPECT_FALSE(client_.get("q"));

    client_.consume("q");
    client_.send("q", "2", {.expiration = "0"});

    EXPECT_THAT(client_.take_bodies(), ElementsAre("2"));
}

TEST_F(Expiry, a_delivered_message_does_not_expire_but_keeps_its_time) {
    declare_with_ttl(1000);
    client_.send("q", "1");
    client_.get("q");

    pass(2000ms);
    client_.nack(1, true);

    EXPECT_EQ(ready_count("q"), 0u);
}

TEST_F(Expiry, an_expired_message_is_never_delivered) {
    declare_with_ttl(1000);
    client_.prefetch(1);
    client_.consume("q");
    client_.send("q", "1");
    client_.send("q", "2");
    ASSERT_THAT(client_.take_bodies(), ElementsAre("1"));

    pass(1001ms);
    client_.ack(1);

    EXPECT_THAT(client_.take_bodies(), IsEmpty());
}

TEST_F(Expiry, an_expiration_is_a_number_of_milliseconds) {
    client_.declare_queue("q");

    expect_invalid("-1", "{value_negative,-1}");
    expect_invalid("abc", "no_integer");
    expect_invalid("", "no_integer");
    expect_invalid(" 1", "no_integer");
    expect_invalid("1.5", "{leftover_string,\".5\"}");
    expect_invalid("315360000001", "{value_too_large,315360000001}");
    EXPECT_EQ(client_.send("q", "1", {.expiration = "315360000000"}), Fate::routed);
    EXPECT_EQ(client_.send("q", "1", {.expiration = "007"}), Fate::routed);
}

}  // namespace
}  // namespace eventail::broker
