// In steady state a message costs no allocation: in intake, outbox, ledger and session, and on its
// whole way out of or into a worker. (design: "Threads")
#include "amqp/session.hpp"
#include "bus/ledger.hpp"
#include "bus/outbox.hpp"
#include "payload/payload_codec.hpp"
#include "support/allocation_counter.hpp"
#include "support/fake_broker.hpp"
#include <eventail/described.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::bus {
namespace {

constexpr int warm_up = 2000;
constexpr int measured = 5000;

template <typename Step>
std::size_t allocations_of(Step&& step) {
    for (int i = 0; i < warm_up; ++i) step();
    const std::size_t before = test::allocations;
    for (int i = 0; i < measured; ++i) step();
    return test::allocations - before;
}

TEST(Allocations, none_for_a_message_that_is_published_and_confirmed) {
    Intake intake({});
    Intake::Batch batch;
    Outbox outbox({});
    const std::string frames(300, 'x');
    std::uint64_t tag = 0;

    const std::size_t count = allocations_of([&] {
        intake.append(wire::as_bytes(frames), {});
        intake.take(batch);
        outbox.absorb(batch.messages);
        batch.clear();
        while (outbox.next()) outbox.confirm(++tag, false, true, {});
        for (SharedSegment& segment : outbox.released()) intake.release(std::move(segment));
        outbox.released().clear();
    });

    EXPECT_EQ(count, 0u);
}

TEST(Allocations, none_for_a_delivery_that_is_handled_and_acknowledged) {
    const Outbox outbox({});
    Ledger ledger;
    std::vector<Settlement> settlements;

    const std::size_t count = allocations_of([&] {
        const std::uint64_t token = ledger.delivered(ledger.expected_tag());
        ledger.started(token, 1);
        ledger.ended(token, 1);
        ledger.review(outbox);
        settlements.clear();
        ledger.flush(settlements);
    });

    EXPECT_EQ(count, 0u);
}

struct Glance {
    std::int64_t number = 0;
    std::string_view text = {};
    std::optional<double> rest = {};
};
BOOST_DESCRIBE_STRUCT(Glance, (), (number, text, rest))

TEST(Allocations, none_for_a_struct_that_is_written_and_read_in_place) {
    wire::Buffer sink(256);
    const Payload payload(Glance{1, "a text that is too long for small strings", 0.5});
    std::size_t read = 0;

    const std::size_t count = allocations_of([&] {
        sink.clear();
        payload::encode_cbor(payload.get<Glance>(), sink, {});
        read += payload.get<Glance>().text.size();
    });

    EXPECT_EQ(count, 0u);
    EXPECT_EQ(sink.size(), payload.cbor().size());
    EXPECT_EQ(read, std::size_t{41} * (warm_up + measured));
}

/// A peer of a session that wants nothing: looks at deliveries, counts confirms.
class Listener final : public amqp::SessionEvents {
public:
    std::size_t deliveries = 0;
    std::size_t confirms = 0;

private:
    void on_open() override {}
    void on_reply(std::uint16_t, const wire::Method&) override {}
    void on_delivery(const amqp::Delivery&) override { ++deliveries; }
    void on_returned(const amqp::Returned&) override {}
    void on_confirm(std::uint16_t, std::uint64_t, bool, bool) override { ++confirms; }
    void on_consumer_cancelled(std::uint16_t, std::string_view) override {}
    void on_channel_closed(std::uint16_t, wire::ReplyCode, std::string_view) override {}
    void on_blocked(bool, std::string_view) override {}
    void on_end(const amqp::SessionEnd&) override {}
};

TEST(Allocations, none_in_a_session_that_publishes_and_receives) {
    Listener listener;
    amqp::Session session({}, listener);
    wire::Buffer handshake;
    wire::encode_method(handshake, 0,
                        wire::ConnectionStart{.mechanisms = wire::as_bytes("PLAIN"),
                                              .locales = wire::as_bytes("en_US")});
    wire::encode_method(handshake, 0, wire::ConnectionTune{.frame_max = 131072});
    wire::encode_method(handshake, 0, wire::ConnectionOpenOk{});
    session.start({});
    session.feed(handshake.view(), {});
    session.open_channel(1, {});
    wire::Buffer opened;
    wire::encode_method(opened, 1, wire::ChannelOpenOk{});
    session.feed(opened.view(), {});
    wire::Buffer incoming;
    wire::encode_method(incoming, 1, wire::BasicDeliver{.consumer_tag = "events"});
    wire::encode_content_header(incoming, 1, {.body_size = 4});
    wire::encode_body(incoming, 1, wire::as_bytes("body"), 4096);
    wire::encode_method(incoming, 1, wire::BasicAck{.delivery_tag = 1});
    const auto segment = std::make_shared<wire::Buffer>();
    wire::encode_method(*segment, 1, wire::BasicPublish{.exchange = "events"});
    wire::encode_content_header(*segment, 1, {});

    const std::size_t count = allocations_of([&] {
        session.feed(incoming.view(), {});
        session.send(1, wire::BasicAck{.delivery_tag = 1});
        session.publish(segment, segment->view());
        std::array<wire::Bytes, 8> views = {};
        session.output().gather(views);
        session.written(session.output().size_bytes(), {});
    });

    EXPECT_EQ(count, 0u);
    EXPECT_EQ(listener.deliveries, std::size_t{warm_up + measured});
    EXPECT_EQ(listener.confirms, std::size_t{warm_up + measured});
}

TEST(Allocations, none_in_a_worker_that_sends_and_is_answered) {
    test::FakeBroker broker;
    broker.is_consuming();
    wire::Buffer message;
    encode_message(message, Publisher::confirm_channel,
                   {.name = "Ticked", .conversation_id = "c", .message_id = "id-1"},
                   wire::as_bytes("\xf6"), Publisher::message_frame_bytes);
    Intake::Batch batch;
    wire::Buffer confirm;
    std::uint64_t tag = 0;

    const std::size_t count = allocations_of([&] {
        broker.intake.append(message.view(), {});
        broker.intake.take(batch);
        broker.worker.absorb(batch);
        amqp::OutputQueue* const output = broker.worker.output(LinkId::publishing, broker.now);
        broker.worker.written(LinkId::publishing, output->size_bytes(), broker.now);
        confirm.clear();
        wire::encode_method(confirm, Publisher::confirm_channel,
                            wire::BasicAck{.delivery_tag = ++tag});
        broker.worker.feed(LinkId::publishing, confirm.view(), broker.now);
        for (SharedSegment& segment : broker.worker.released()) {
            broker.intake.release(std::move(segment));
        }
        broker.worker.released().clear();
    });

    EXPECT_EQ(count, 0u);
    EXPECT_EQ(broker.worker.unsettled(), 0u);
}

TEST(Allocations, none_in_a_worker_that_receives_and_acknowledges) {
    test::FakeBroker broker;
    broker.is_consuming();
    const std::string text = "longer than what a std::string keeps in itself";
    wire::Buffer message;
    encode_message(message, Consumer::channel,
                   {.name = text, .conversation_id = text, .message_id = text, .app_id = text},
                   wire::as_bytes("\xa1\x61k\x61v"), Publisher::message_frame_bytes);
    wire::FrameReader frames(Publisher::message_frame_bytes);
    frames.feed(message.view());
    const std::size_t method_bytes = frames.next()->payload.size() + wire::frame_overhead_bytes;
    wire::Buffer delivery;
    Intake::Batch nothing_published;
    std::uint64_t tag = 0;
    std::size_t handled = 0;

    const std::size_t count = allocations_of([&] {
        delivery.clear();
        wire::encode_method(delivery, Consumer::channel,
                            wire::BasicDeliver{.consumer_tag = consumer_tag_of(Source::events),
                                               .delivery_tag = ++tag,
                                               .exchange = "events",
                                               .routing_key = text});
        delivery.append(message.view().subspan(method_bytes));
        broker.worker.feed(LinkId::consuming, delivery.view(), broker.now);
        const Job* const job = broker.worker.next_job(1, broker.now);
        if (message_of(*job)->name == text) ++handled;
        broker.worker.job_ended(*job, {}, 1, broker.now);
        broker.worker.absorb(nothing_published);
        amqp::OutputQueue* const output = broker.worker.output(LinkId::consuming, broker.now);
        broker.worker.written(LinkId::consuming, output->size_bytes(), broker.now);
    });

    EXPECT_EQ(count, 0u);
    EXPECT_EQ(handled, std::size_t{warm_up + measured});
}

}  // namespace
}  // namespace eventail::bus
