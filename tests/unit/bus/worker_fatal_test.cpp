// Which failures end a service for good and which it retries; brokers that break the protocol.
// (protocol.md, "Acknowledgement": fatal; "Confirms, consuming")
#include "support/fake_broker.hpp"

#include <gmock/gmock.h>

#include <cstdint>

namespace eventail::bus {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::ReplyCode;

/// Answers method M on a channel by closing the channel.
template <typename M>
void refuses(FakeBroker& broker, LinkId link, ReplyCode code, std::string_view text = "refused") {
    BrokerEnd& end = broker.end_of(link);
    end.instead = [&end, code, text](std::uint16_t channel, const wire::Method& method) {
        const bool is_refused = std::holds_alternative<M>(method);
        if (is_refused) {
            end.send(channel, wire::ChannelClose{.reply_code = static_cast<std::uint16_t>(code),
                                                 .reply_text = text});
        }
        return is_refused;
    };
}

/// Refuses the login (before tuning) or the virtual host (after it).
template <typename M>
void refuses_service(FakeBroker& broker, LinkId link, ReplyCode code) {
    BrokerEnd& end = broker.end_of(link);
    end.instead = [&end, code](std::uint16_t, const wire::Method& method) {
        const bool is_refused = std::holds_alternative<M>(method);
        if (is_refused) {
            end.send(0, wire::ConnectionClose{.reply_code = static_cast<std::uint16_t>(code),
                                              .reply_text = "go away"});
        }
        return is_refused;
    };
}

TEST(WorkerFatal, a_queue_that_exists_with_other_arguments) {
    FakeBroker broker;
    refuses<wire::QueueDeclare>(broker, LinkId::consuming, ReplyCode::precondition_failed,
                                "inequivalent arg 'x-message-ttl'");
    broker.begins_run();
    broker.accepts_connection(LinkId::publishing);

    broker.accepts_connection(LinkId::consuming);

    const RunEnd end = broker.finishes();
    EXPECT_EQ(end.kind, RunEnd::Kind::fatal);
    EXPECT_EQ(end.error, Errc::precondition_failed);
    EXPECT_THAT(end.text, HasSubstr("amqp://broker-0: inequivalent arg 'x-message-ttl'"));
}

TEST(WorkerFatal, access_refused_on_a_declare) {
    FakeBroker broker;
    refuses<wire::ExchangeDeclare>(broker, LinkId::publishing, ReplyCode::access_refused);
    broker.begins_run();

    broker.accepts_connection(LinkId::publishing);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::fatal);
    EXPECT_EQ(broker.finishes().error, Errc::access_refused);
}

TEST(WorkerFatal, access_refused_on_consuming_configurations) {
    FakeBroker broker({.config_keys = {"Limits"}});
    refuses<wire::BasicConsume>(broker, LinkId::consuming, ReplyCode::access_refused);
    broker.begins_run();

    broker.accepts_connection(LinkId::consuming);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::fatal);
}

TEST(WorkerFatal, one_emergency_notice_says_it) {
    FakeBroker broker;
    refuses<wire::QueueDeclare>(broker, LinkId::consuming, ReplyCode::access_refused);
    broker.begins_run();

    broker.accepts_connection(LinkId::consuming);

    int emergencies = 0;
    for (const std::string& line : broker.takes_notices()) {
        emergencies += line.starts_with("EMERGENCY") ? 1 : 0;
    }
    EXPECT_EQ(emergencies, 1);
}

TEST(WorkerFatal, a_refused_login_on_the_only_url) {
    FakeBroker broker;
    refuses_service<wire::ConnectionStartOk>(broker, LinkId::consuming, ReplyCode::access_refused);
    broker.begins_run();

    broker.accepts_connection(LinkId::consuming);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::fatal);
    EXPECT_EQ(broker.finishes().error, Errc::access_refused);
}

TEST(WorkerFatal, a_missing_virtual_host_on_every_url_but_not_on_one_of_two) {
    FakeBroker broker({.urls = 2});
    refuses_service<wire::ConnectionOpen>(broker, LinkId::consuming, ReplyCode::not_allowed);
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
    broker.begins_run();

    EXPECT_EQ(broker.accepts_connection(LinkId::consuming), 1u);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::fatal);
}

TEST(WorkerFatal, goes_on_with_the_other_url_when_one_refuses_the_login) {
    FakeBroker broker({.urls = 2});
    refuses_service<wire::ConnectionStartOk>(broker, LinkId::consuming, ReplyCode::access_refused);
    broker.begins_run();
    broker.accepts_connection(LinkId::consuming);
    broker.consuming.instead = {};
    broker.begins_run();

    broker.accepts_connection(LinkId::consuming);

    EXPECT_TRUE(broker.worker.is_consuming());
}

TEST(WorkerFatal, advises_to_delete_a_queue_only_if_it_has_other_arguments) {
    const auto refusal = [](std::string_view text) {
        return refusal_for_good(ReplyCode::precondition_failed, text)->explain("amqp://broker-0");
    };

    EXPECT_EQ(
        refusal("inequivalent arg 'durable' for queue 'pong.events'"),
        "amqp://broker-0: inequivalent arg 'durable' for queue 'pong.events'; it exists with "
        "other arguments: delete it with its messages, and it is declared again; a policy can "
        "set limits, expiry and dead-lettering");
    EXPECT_EQ(
        refusal("PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'events' in vhost "
                "'/': received 'topic' but current is 'fanout'"),
        "amqp://broker-0: PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'events' "
        "in vhost '/': received 'topic' but current is 'fanout'; it exists with another type "
        "or other arguments: delete it, and it is declared again");
}

TEST(WorkerFatal, is_no_fatal_error_that_a_channel_is_closed_for_another_reason_with_406) {
    for (const std::string_view text :
         {"PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out",
          "PRECONDITION_FAILED - unknown delivery tag 7"}) {
        EXPECT_FALSE(refusal_for_good(ReplyCode::precondition_failed, text)) << text;
    }
}

TEST(WorkerFatal, is_no_fatal_error_that_a_limit_of_the_virtual_host_is_reached) {
    FakeBroker broker;
    refuses<wire::QueueDeclare>(broker, LinkId::consuming, ReplyCode::precondition_failed,
                                "PRECONDITION_FAILED - cannot declare queue 'pong.events': queue "
                                "limit in vhost '/' (1) is reached");
    broker.begins_run();

    broker.accepts_connection(LinkId::consuming);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
    EXPECT_THAT(broker.takes_notices(),
                ElementsAre(HasSubstr("connection not made: amqp://broker-0: the broker closed the "
                                      "consuming channel: PRECONDITION_FAILED - cannot declare")));
}

TEST(WorkerFatal, is_no_fatal_error_that_another_consumer_has_a_queue_to_itself) {
    FakeBroker broker;
    refuses<wire::BasicConsume>(
        broker, LinkId::consuming, ReplyCode::access_refused,
        "ACCESS_REFUSED - queue 'pong.events' in vhost '/' in exclusive use");
    broker.begins_run();

    broker.accepts_connection(LinkId::consuming);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
    EXPECT_THAT(
        broker.takes_notices(),
        ElementsAre(HasSubstr("in exclusive use; another consumer has the queue to itself")));
}

TEST(WorkerFatal, has_advice_for_each_refusal_that_may_pass) {
    const std::string raise = "; raise the limit, or remove what uses it up";
    EXPECT_EQ(remedy("PRECONDITION_FAILED - cannot declare queue 'pong.commands': queue limit in "
                     "vhost 'full' (0) is reached"),
              raise);
    EXPECT_EQ(remedy("NOT_ALLOWED - access to vhost 'crowded' refused for user 'guest': connection "
                     "limit (0) is reached"),
              raise);
    EXPECT_EQ(
        remedy("NOT_ALLOWED - connection refused for user 'few': user connection limit (0) is "
               "reached"),
        raise);
    EXPECT_EQ(
        remedy("NOT_ALLOWED - number of channels opened for user 'few' has reached the maximum "
               "allowed user limit of (1)"),
        raise);
    EXPECT_EQ(
        remedy("RESOURCE_LOCKED - cannot obtain exclusive access to locked queue "
               "'pong.commands' in vhost '/'. It could be originally declared on another "
               "connection or the exclusive property value does not match that of the original "
               "declaration."),
        "; another connection owns the queue: stop that program, or rename the service");
    EXPECT_EQ(
        end_text("amqp://broker-0",
                 amqp::SessionEnd{.text = "RESOURCE_LOCKED - cannot obtain exclusive access to "
                                          "locked queue 'q'. It could be original."},
                 {}),
        "amqp://broker-0: RESOURCE_LOCKED - cannot obtain exclusive access to locked queue "
        "'q'. It could be original; another connection owns the queue: stop that program, or "
        "rename the service");
    EXPECT_EQ(remedy("CONNECTION_FORCED - broker forced connection closure"), "");
}

TEST(WorkerFatal, is_no_fatal_error_that_a_queue_is_locked_for_a_moment) {
    FakeBroker broker;
    refuses<wire::QueueDeclare>(broker, LinkId::consuming, ReplyCode::resource_locked);
    broker.begins_run();

    broker.accepts_connection(LinkId::consuming);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
}

TEST(WorkerFatal, is_no_fatal_error_that_a_queue_vanished_before_it_was_consumed) {
    FakeBroker broker;
    refuses<wire::BasicConsume>(broker, LinkId::consuming, ReplyCode::not_found);
    broker.begins_run();

    broker.accepts_connection(LinkId::consuming);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
}

TEST(WorkerFatal, waits_for_a_running_handler_and_gives_out_no_more_jobs) {
    FakeBroker broker;
    broker.is_consuming();
    broker.delivers(event());
    broker.delivers(event());
    const auto job = broker.begins_job();
    refuses<wire::ExchangeDeclare>(broker, LinkId::publishing, ReplyCode::access_refused);
    broker.loses(LinkId::publishing);
    broker.passes(1s);

    broker.accepts_connection(LinkId::publishing);
    EXPECT_FALSE(broker.worker.has_job());
    EXPECT_FALSE(broker.worker.is_finished());
    broker.ends_job(*job);

    EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::fatal);
}

class HostileBroker : public testing::Test {
protected:
    HostileBroker() { broker.is_consuming(); }
    void expect_to_be_left(const std::string& why = "") {
        EXPECT_FALSE(broker.is_connected(LinkId::consuming));
        EXPECT_EQ(broker.finishes().kind, RunEnd::Kind::connection_lost);
        EXPECT_THAT(broker.takes_notices(),
                    Contains(HasSubstr("connection lost: amqp://broker-0: " + why)));
        EXPECT_THAT(broker.takes_settlements(), IsEmpty());
    }

    FakeBroker broker;
};

TEST_F(HostileBroker, is_left_when_it_skips_a_delivery_tag) {
    broker.delivers_with_tag(event(), 2);

    expect_to_be_left("the broker delivered Ticked with tag 2 after tag 0");
}

TEST_F(HostileBroker, is_left_when_it_repeats_a_delivery_tag) {
    broker.delivers_with_tag(event(), 1);
    broker.delivers_with_tag(event(), 1);

    expect_to_be_left();
}

TEST_F(HostileBroker, is_left_when_it_names_an_absurd_delivery_tag) {
    broker.delivers_with_tag(event(), std::uint64_t{1} << 63);

    expect_to_be_left();
}

TEST_F(HostileBroker, is_left_when_it_names_tag_0) {
    broker.delivers_with_tag(event(), 0);

    expect_to_be_left();
}

TEST_F(HostileBroker, is_left_when_it_delivers_more_than_was_prefetched) {
    for (std::uint64_t tag = 1; tag <= 10; ++tag) broker.delivers_with_tag(event(), tag);

    expect_to_be_left("the broker delivered Ticked, far more than prefetch_count (3)");
}

TEST_F(HostileBroker, is_left_when_it_delivers_to_a_consumer_that_does_not_exist) {
    broker.delivers(configuration());

    expect_to_be_left("the broker delivered Limits to consumer 'configurations'");
}

TEST_F(HostileBroker, is_left_when_it_answers_what_was_not_asked) {
    broker.sends(LinkId::consuming, 1, wire::QueueDeclareOk{.queue = "pong.events"});

    expect_to_be_left();
}

TEST_F(HostileBroker, may_cancel_a_consumer_that_does_not_exist) {
    broker.sends(LinkId::consuming, 1, wire::BasicCancel{.consumer_tag = "x", .nowait = true});

    expect_to_be_left();
}

}  // namespace
}  // namespace eventail::bus
