// Settings by pattern.
#include "unit/broker/core/core_fixture.hpp"

#include <stdexcept>
#include <string>

namespace eventail::broker {
namespace {

using testing::ElementsAre;

class PolicyTest : public BrokerTest {
protected:
    std::string policy_of(std::string_view queue) const {
        for (const QueueListing& listed : core_.list_queues("/")) {
            if (listed.name == queue) return listed.policy;
        }
        return "(no such queue)";
    }
    static Policy dead_letters_to(std::string exchange, std::string pattern, int priority = 0) {
        return {.name = "to-" + exchange,
                .pattern = std::move(pattern),
                .settings = {.dead_letter_exchange = exchange},
                .priority = priority};
    }
};

TEST_F(PolicyTest, counts_for_queues_that_are_there_and_that_come) {
    client_.declare_queue("pong.events");
    core_.set_policy("/", dead_letters_to("dlx", R"(^.*\.(events|commands)$)"));
    client_.declare_queue("pong.commands");
    client_.declare_queue("pong");

    EXPECT_EQ(policy_of("pong.events"), "to-dlx");
    EXPECT_EQ(policy_of("pong.commands"), "to-dlx");
    EXPECT_EQ(policy_of("pong"), "");
}

TEST_F(PolicyTest, sends_dead_letters_where_it_says) {
    client_.declare_queue("dead");
    client_.declare_queue("q");
    core_.set_policy("/",
                     {.name = "p",
                      .pattern = "^q$",
                      .settings = {.dead_letter_exchange = "", .dead_letter_routing_key = "dead"}});
    client_.send("q", "1");

    client_.nack(client_.get("q")->delivery_tag, false);

    EXPECT_THAT(client_.drain("dead"), ElementsAre("1"));
}

TEST_F(PolicyTest, the_highest_priority_counts_alone) {
    core_.set_policy("/", dead_letters_to("low", "q", 1));
    core_.set_policy("/", dead_letters_to("high", "q", 2));
    client_.declare_queue("q");

    EXPECT_EQ(policy_of("q"), "to-high");
    core_.clear_policy("/", "to-high");
    EXPECT_EQ(policy_of("q"), "to-low");
}

TEST_F(PolicyTest, is_for_queues_or_exchanges_or_both) {
    core_.set_policy("/", {.name = "x", .pattern = ".*", .apply_to = ApplyTo::exchanges});
    client_.declare_queue("q");

    EXPECT_EQ(policy_of("q"), "");
    EXPECT_EQ(core_.list_exchanges("/").back().policy, "x");
}

TEST_F(PolicyTest, of_two_limits_the_lower_one_counts) {
    core_.set_policy("/", {.name = "p", .pattern = "q", .settings = {.max_length = 2}});
    client_.declare_queue("q1", {.arguments = wire::Table().set("x-max-length", 1)});
    client_.declare_queue("q3", {.arguments = wire::Table().set("x-max-length", 3)});
    for (const auto* body : {"1", "2", "3"}) {
        client_.send("q1", body);
        client_.send("q3", body);
    }

    EXPECT_THAT(client_.drain("q1"), ElementsAre("3"));
    EXPECT_THAT(client_.drain("q3"), ElementsAre("2", "3"));
}

TEST_F(PolicyTest, a_new_limit_counts_for_messages_in_the_queue) {
    client_.declare_queue("q");
    for (const auto* body : {"1", "2", "3"}) client_.send("q", body);

    core_.set_policy("/", {.name = "p", .pattern = "q", .settings = {.max_length = 1}});

    EXPECT_THAT(client_.drain("q"), ElementsAre("3"));
}

TEST_F(PolicyTest, reject_publish_refuses_from_then_on) {
    client_.declare_queue("q");
    core_.set_policy("/", {.name = "p",
                           .pattern = "q",
                           .settings = {.max_length = 1, .overflow = Overflow::reject_publish}});

    EXPECT_EQ(client_.send("q", "1"), Fate::routed);
    EXPECT_EQ(client_.send("q", "2"), Fate::rejected);
    core_.clear_policy("/", "p");
    EXPECT_EQ(client_.send("q", "3"), Fate::routed);
}

TEST_F(PolicyTest, gives_messages_and_unused_queues_a_time_to_live) {
    core_.set_policy(
        "/", {.name = "p", .pattern = "q", .settings = {.message_ttl = 100ms, .expires = 500ms}});
    client_.declare_queue("q");
    client_.send("q", "1");

    pass(100ms);
    EXPECT_EQ(ready_count("q"), 0u);
    pass(400ms);
    EXPECT_FALSE(has_queue("q"));
}

TEST_F(PolicyTest, gives_an_exchange_an_alternate_that_counts_at_once) {
    client_.declare_queue("q");
    client_.bind("q", "amq.fanout", "");
    client_.declare_exchange("x", "direct");
    EXPECT_EQ(client_.publish("x", "k", "1"), Fate::unroutable);

    core_.set_policy(
        "/", {.name = "p", .pattern = "^x$", .settings = {.alternate_exchange = "amq.fanout"}});

    EXPECT_EQ(client_.publish("x", "k", "2"), Fate::routed);
}

TEST_F(PolicyTest, refuses_an_invalid_pattern_and_a_missing_host) {
    EXPECT_THROW(core_.set_policy("/", {.name = "p", .pattern = "("}), InvalidPattern);
    EXPECT_THROW(core_.set_policy("nope", {.name = "p", .pattern = "q"}), std::out_of_range);
}

TEST_F(PolicyTest, a_pattern_that_takes_too_many_steps_is_an_error_of_the_policy) {
    const std::string name = std::string(200, 'a') + "!";
    client_.declare_queue(name);

    EXPECT_THROW(core_.set_policy("/", {.name = "p", .pattern = "(a+)+$"}), PatternGaveUp);

    EXPECT_EQ(core_.list_queues("/").at(0).policy, "");
    client_.declare_queue("q");
}

TEST_F(PolicyTest, a_name_that_a_pattern_cannot_be_searched_for_in_is_refused) {
    const std::string name = std::string(40, 'a') + "!";
    core_.set_policy("/", {.name = "p", .pattern = "(a+)+$"});

    expect_refusal(wire::ReplyCode::precondition_failed,
                   "PRECONDITION_FAILED - policies: the search for '(a+)+$' in '" + name +
                       "' was given up: match limit exceeded",
                   [&] { client_.declare_queue(name); });
    EXPECT_EQ(core_.list_queues("/").size(), 0u);
}

}  // namespace
}  // namespace eventail::broker
