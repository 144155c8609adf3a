// The publishing connection: refused messages, alarms, small frames, logs.
// (protocol.md, "Acknowledgement" and "Confirms, consuming")
#include "bus/publisher.hpp"

#include "support/fake_broker.hpp"
#include "wire/table.hpp"

#include <gmock/gmock.h>

#include <cstdint>

namespace eventail::bus {
namespace {

using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using wire::ReplyCode;

class PublisherTest : public testing::Test {
protected:
    void is_publishing() {
        broker.is_consuming();
        broker.takes_notices();
    }
    void logs(std::string_view text) {
        wire::Buffer frames;
        encode_message(frames, Publisher::log_channel,
                       {.kind = Kind::log, .name = "pong.INFO", .is_persistent = false},
                       wire::as_bytes(text), wire::min_frame_bytes);
        broker.intake.append_log(frames.view());
        broker.settles();
    }
    void refuses(ReplyCode code, std::string_view text = "refused") {
        broker.closes_channel(LinkId::publishing, Publisher::confirm_channel, code, text);
    }

    FakeBroker broker;
};

TEST_F(PublisherTest, a_refused_channel_is_resent_one_at_a_time) {
    is_publishing();
    broker.publishes("A");
    broker.publishes("B");
    broker.takes_published();

    refuses(ReplyCode::precondition_failed);
    EXPECT_THAT(broker.takes_published_names(), ElementsAre("A"));
    broker.confirms(1);

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("B"));
    broker.confirms(2);
    EXPECT_EQ(broker.worker.unsettled(), 0u);
}

TEST_F(PublisherTest, the_culprit_is_dropped_and_reported_and_never_looped) {
    is_publishing();
    broker.publishes("Good");
    broker.publishes("Bad");
    broker.publishes("Fine");
    broker.takes_published();
    refuses(ReplyCode::precondition_failed);
    broker.confirms(1);
    broker.takes_published();

    refuses(ReplyCode::precondition_failed, "invalid expiration 'soon'");

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("Fine"));
    const auto job = broker.begins_job();
    ASSERT_TRUE(job);
    const auto* returned = std::get_if<ReturnedJob>(&job->work);
    ASSERT_NE(returned, nullptr);
    EXPECT_EQ(returned->message.name, "Bad");
    EXPECT_EQ(returned->message.reply_code, 406);
    EXPECT_EQ(returned->message.reply_text, "invalid expiration 'soon'");
    EXPECT_TRUE(returned->message.payload.is_null());
    EXPECT_THAT(broker.takes_notices(),
                ElementsAre(HasSubstr("EMERGENCY the broker refused a message")));
    broker.ends_job(*job);
    broker.confirms(1);
    EXPECT_EQ(broker.worker.unsettled(), 0u);
    EXPECT_THAT(broker.takes_published_names(), IsEmpty());
}

TEST_F(PublisherTest, an_input_that_waits_for_the_culprit_is_acknowledged_once_it_was_reported) {
    is_publishing();
    broker.delivers(event());
    const auto handler = broker.begins_job();
    broker.publishes("Bad");
    broker.ends_job(*handler);
    refuses(ReplyCode::precondition_failed);

    refuses(ReplyCode::precondition_failed);
    EXPECT_THAT(broker.takes_settlements(), IsEmpty());
    broker.runs_job();

    EXPECT_THAT(broker.takes_settlements(), ElementsAre(Settlement{.delivery_tag = 1}));
}

TEST_F(PublisherTest, a_missing_exchange_is_declared_again_and_all_is_resent) {
    is_publishing();
    broker.publishes("A");
    broker.publishes("B");
    broker.takes_published();
    broker.publishing.methods.clear();

    refuses(ReplyCode::not_found, "no exchange 'events'");

    EXPECT_THAT(broker.publishing.methods, Contains(HasSubstr("exchange.declare exchange=events")));
    EXPECT_THAT(broker.takes_published_names(), ElementsAre("A", "B"));
    EXPECT_FALSE(broker.worker.has_job());
}

TEST_F(PublisherTest, nothing_goes_out_before_the_channel_confirms) {
    broker.publishing.instead = [](std::uint16_t, const wire::Method& method) {
        return std::holds_alternative<wire::ConfirmSelect>(method);
    };
    broker.begins_run();
    broker.publishes("A");

    broker.accepts_connection(LinkId::publishing);
    EXPECT_THAT(broker.takes_published_names(), IsEmpty());
    broker.sends(LinkId::publishing, Publisher::confirm_channel, wire::ConfirmSelectOk{});

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("A"));
}

TEST_F(PublisherTest, nothing_is_published_while_blocked_logs_included) {
    is_publishing();
    broker.blocks();

    broker.publishes("A");
    logs("a log");
    EXPECT_THAT(broker.takes_published_names(), IsEmpty());
    broker.unblocks();

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("pong.INFO", "A"));
    EXPECT_THAT(broker.takes_notices(), ElementsAre(HasSubstr("has an alarm"), HasSubstr("again")));
}

TEST_F(PublisherTest, a_nacked_message_waits_for_the_end_of_the_alarm) {
    is_publishing();
    broker.publishes("A");
    broker.nacks(1);
    broker.blocks();
    broker.takes_published();
    broker.passes(15s);
    EXPECT_THAT(broker.takes_published_names(), IsEmpty());

    broker.unblocks();

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("A"));
}

TEST_F(PublisherTest, an_alarm_that_outlasts_blocked_timeout_costs_the_publishing_connection) {
    FakeBroker impatient({.blocked_timeout = 10s});
    impatient.is_consuming();
    impatient.publishes("A");
    impatient.takes_published();
    impatient.blocks();
    impatient.takes_notices();
    EXPECT_EQ(impatient.worker.next_deadline(), impatient.now + 10s);

    impatient.passes(10s);

    EXPECT_FALSE(impatient.is_connected(LinkId::publishing));
    EXPECT_TRUE(impatient.is_connected(LinkId::consuming));
    impatient.passes(1s);
    impatient.accepts_connection(LinkId::publishing);
    EXPECT_THAT(impatient.takes_published_names(), ElementsAre("A"));
}

TEST_F(PublisherTest, messages_are_cut_into_the_frames_that_the_broker_takes) {
    FakeBroker small({.frame_max = 4096});
    small.is_consuming();
    const std::string body = '\x59' + std::string("\x27\x10", 2) + std::string(10000, 'x');

    small.publishes("Large", false, body);
    small.publishes("Small");

    const auto published = small.takes_published();
    ASSERT_EQ(published.size(), 2u);
    EXPECT_EQ(published[0].body, body);
    EXPECT_LE(published[0].largest_frame_bytes, 4096u);
    small.confirms(2, true);
    EXPECT_EQ(small.worker.unsettled(), 0u);
}

TEST_F(PublisherTest, a_message_whose_properties_do_not_fit_is_refused_as_the_broker_would) {
    FakeBroker small({.frame_max = 4096});
    small.is_consuming();
    small.takes_notices();
    wire::Table headers;
    headers.set("large", std::string_view(std::string(5000, 'x')));
    wire::Buffer frames;
    wire::encode_method(frames, 1, wire::BasicPublish{.exchange = "events", .routing_key = "Bad"});
    wire::encode_content_header(frames, 1, {.properties = {.headers = headers.view()}});

    small.intake.append(frames.view(), {.key = 77});
    small.publishes("Good");

    EXPECT_THAT(small.takes_published_names(), ElementsAre("Good"));
    small.confirms(1);
    const auto job = small.begins_job();
    ASSERT_TRUE(job);
    EXPECT_EQ(std::get<ReturnedJob>(job->work).message.reply_code, 311);
    small.ends_job(*job);
    EXPECT_EQ(small.worker.unsettled(), 0u);
}

TEST_F(PublisherTest, a_message_that_is_refused_while_others_are_written_keeps_the_shell_awake) {
    FakeBroker small({.frame_max = 4096});
    small.is_consuming();
    small.takes_notices();
    wire::Table headers;
    headers.set("large", std::string_view(std::string(5000, 'x')));
    wire::Buffer frames;
    wire::encode_method(frames, 1, wire::BasicPublish{.exchange = "events", .routing_key = "Bad"});
    wire::encode_content_header(frames, 1, {.properties = {.headers = headers.view()}});
    small.intake.append(frames.view(), {.key = 77});
    bus::Intake::Batch batch;
    small.intake.take(batch);
    small.worker.absorb(batch);
    ASSERT_NE(small.worker.next_deadline(), TimePoint::min());

    small.worker.output(LinkId::publishing, small.now);

    EXPECT_EQ(small.worker.next_deadline(), TimePoint::min());
    small.worker.tick(small.now);
    EXPECT_TRUE(small.worker.has_job());
    EXPECT_NE(small.worker.next_deadline(), TimePoint::min()) << "the shell has had its turn";
}

TEST_F(PublisherTest, logs_go_out_on_a_channel_of_their_own_and_wait_for_no_confirm) {
    is_publishing();

    logs("a log");

    const auto published = broker.takes_published();
    ASSERT_EQ(published.size(), 1u);
    EXPECT_EQ(published[0].channel, Publisher::log_channel);
    EXPECT_EQ(published[0].exchange, "logs");
    EXPECT_EQ(broker.worker.unsettled(), 0u);
}

TEST_F(PublisherTest, a_refused_log_channel_is_opened_once_more_and_then_left_alone) {
    is_publishing();
    for (int i = 0; i < 2; ++i) {
        logs("refused");
        broker.closes_channel(LinkId::publishing, Publisher::log_channel,
                              ReplyCode::access_refused);
    }
    broker.takes_published();

    logs("dropped");
    broker.publishes("A");

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("A"));
    EXPECT_EQ(broker.worker.dropped_logs(), 1u);
    broker.confirms(1);
    broker.stops();
    EXPECT_TRUE(broker.worker.is_finished());
}

TEST_F(PublisherTest, a_return_is_not_adjacent_to_its_confirm) {
    is_publishing();
    broker.publishes("First", true);
    broker.publishes("Second", true);
    const auto published = broker.takes_published();

    broker.returns(published.at(1));
    broker.confirms(1);
    EXPECT_EQ(broker.worker.unsettled(), 1u);
    broker.confirms(2);
    EXPECT_EQ(broker.worker.unsettled(), 1u);
    broker.runs_job();

    EXPECT_EQ(broker.worker.unsettled(), 0u);
}

TEST_F(PublisherTest, a_message_that_comes_back_again_and_again_is_handled_once) {
    is_publishing();
    broker.publishes("Mandatory", true);
    const auto published = broker.takes_published();

    for (int i = 0; i < 3; ++i) broker.returns(published.at(0));
    broker.runs_job();

    EXPECT_FALSE(broker.worker.has_job());
}

TEST_F(PublisherTest, returns_of_messages_that_are_not_ours_are_ignored) {
    is_publishing();
    broker.publishes("Ours");

    broker.returns({.name = "Foreign", .message_id = "other-1"});
    broker.returns({.name = "Foreign", .message_id = "test-one"});
    broker.returns({.name = "Foreign", .message_id = "test-99"});
    broker.returns({.name = "Foreign"});

    EXPECT_FALSE(broker.worker.has_job());
}

TEST_F(PublisherTest, unknown_confirms_are_ignored) {
    is_publishing();
    broker.publishes("A");

    broker.confirms(2);
    broker.confirms(std::uint64_t{1} << 63, true);
    broker.nacks(17);
    EXPECT_EQ(broker.worker.unsettled(), 1u);
    broker.confirms(1);

    EXPECT_EQ(broker.worker.unsettled(), 0u);
}

TEST(PublisherWithOneChannel, publishes_and_says_once_that_logs_are_not_sent) {
    FakeBroker broker({.channel_max = 1});
    broker.is_consuming();
    broker.loses(LinkId::publishing);
    broker.passes(1s);
    broker.accepts_connection(LinkId::publishing);

    broker.publishes("A");
    wire::Buffer frames;
    encode_message(frames, Publisher::log_channel, {.kind = Kind::log, .name = "pong.INFO"},
                   wire::as_bytes("hello"), wire::min_frame_bytes);
    broker.intake.append_log(frames.view());
    broker.settles();

    EXPECT_THAT(broker.takes_published_names(), ElementsAre("A"));
    EXPECT_EQ(broker.worker.dropped_logs(), 1u);
    const std::vector<std::string> notices = broker.takes_notices();
    EXPECT_EQ(std::ranges::count_if(
                  notices, [](const auto& each) { return each.find("channel_max") != each.npos; }),
              1);
}

TEST_F(PublisherTest, dropped_logs_are_counted_once) {
    broker.begins_run();
    logs("{}");

    broker.worker.drop_logs();
    broker.worker.drop_logs();

    EXPECT_EQ(broker.worker.dropped_logs(), 1u);
}

TEST_F(PublisherTest, an_exchange_that_cannot_be_declared_for_a_moment_costs_the_connection) {
    broker.begins_run();
    BrokerEnd& end = broker.publishing;
    end.instead = [&end](std::uint16_t channel, const wire::Method& method) {
        const bool is_declare = std::holds_alternative<wire::ExchangeDeclare>(method);
        if (is_declare) end.send(channel, wire::ChannelClose{.reply_code = 405});
        return is_declare;
    };

    broker.accepts_connection(LinkId::publishing);

    EXPECT_FALSE(broker.is_connected(LinkId::publishing));
    end.instead = {};
    broker.passes(1s);
    EXPECT_TRUE(broker.accepts_connection(LinkId::publishing));
    EXPECT_TRUE(broker.worker.publisher().is_ready());
}

TEST_F(PublisherTest, an_alarm_that_ended_with_its_connection_is_not_said_to_end_on_the_next) {
    is_publishing();
    broker.blocks();
    broker.takes_notices();

    broker.loses(LinkId::publishing);
    broker.takes_notices();
    broker.passes(1s);
    broker.accepts_connection(LinkId::publishing);

    EXPECT_THAT(broker.takes_notices(), Not(Contains(HasSubstr("accepts messages again"))));
}

}  // namespace
}  // namespace eventail::bus
