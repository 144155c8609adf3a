// The hot path allocates nothing once it has warmed up. Counts every allocation of this program.
#include "amqp/session.hpp"
#include "support/allocation_counter.hpp"
#include "support/scripted_server.hpp"

#include <gtest/gtest.h>

namespace eventail::test {
namespace {

/// Acknowledges every delivery from within and counts, without allocating itself.
class Acknowledging final : public amqp::SessionEvents {
public:
    amqp::Session* session = nullptr;
    int deliveries = 0;
    int confirms = 0;

    void on_open() override { session->open_channel(1, {}); }
    void on_reply(std::uint16_t, const wire::Method&) override {}
    void on_delivery(const amqp::Delivery& delivery) override {
        ++deliveries;
        session->send(1, wire::BasicAck{.delivery_tag = delivery.delivery_tag});
    }
    void on_returned(const amqp::Returned&) override {}
    void on_confirm(std::uint16_t, std::uint64_t, bool, bool) override { ++confirms; }
    void on_consumer_cancelled(std::uint16_t, std::string_view) override {}
    void on_channel_closed(std::uint16_t, wire::ReplyCode, std::string_view) override {}
    void on_blocked(bool, std::string_view) override {}
    void on_end(const amqp::SessionEnd&) override {}
};

void write_all(amqp::Session& session) {
    while (!session.output().empty()) session.written(session.output().size_bytes(), {});
}

TEST(SessionAllocation, deliveries_acks_and_confirms_allocate_nothing) {
    Acknowledging events;
    amqp::Session session({}, events);
    events.session = &session;
    session.start({});
    wire::Buffer handshake;
    wire::encode_method(handshake, 0, wire::ConnectionStart{.mechanisms = wire::as_bytes("PLAIN")});
    wire::encode_method(handshake, 0, wire::ConnectionTune{10, 4096, 60});
    wire::encode_method(handshake, 0, wire::ConnectionOpenOk{});
    wire::encode_method(handshake, 1, wire::ChannelOpenOk{});
    session.feed(handshake.view(), {});
    wire::Buffer traffic;
    wire::encode_method(traffic, 1, wire::BasicDeliver{.consumer_tag = "c", .delivery_tag = 1});
    wire::encode_content_header(traffic, 1, {.body_size = 6000});
    wire::encode_body(traffic, 1, wire::as_bytes(std::string(6000, 'x')), 4096);
    wire::encode_method(traffic, 1, wire::BasicAck{.delivery_tag = 1});
    // Splits within frames, so that the reader must keep parts.
    const auto pass = [&] {
        for (std::size_t at = 0; at < traffic.size(); at += 700) {
            session.feed(
                traffic.view().subspan(at, std::min<std::size_t>(700, traffic.size() - at)), {});
        }
        write_all(session);
    };
    for (int i = 0; i < 10; ++i) pass();

    const std::size_t before = allocations;
    for (int i = 0; i < 1000; ++i) pass();
    const std::size_t after = allocations;

    EXPECT_EQ(events.deliveries, 1010);
    EXPECT_EQ(events.confirms, 1010);
    EXPECT_EQ(after - before, 0u);
}

TEST(SessionAllocation, content_headers_of_4_gib_allocate_nothing_while_they_are_skipped) {
    ScriptedServer server;
    server.is_ready();
    wire::Buffer start;
    wire::encode_method(start, 1, wire::BasicDeliver{.delivery_tag = 1});
    start.append(wire::as_bytes(std::string_view("\x02\0\1\xff\xff\xff\xff", 7)));
    start.append(wire::as_bytes(std::string_view("\0\x3c\0\0\0\0\0\0\0\0\0\2", 12)));
    const std::string mebibyte(1 << 20, 'x');
    server.sends_bytes(start.view());

    const std::size_t before = allocations;
    for (int i = 0; i < 100; ++i) server.sends_bytes(wire::as_bytes(mebibyte));
    const std::size_t after = allocations;

    EXPECT_TRUE(server.session.is_open());
    EXPECT_EQ(after - before, 0u);
}

}  // namespace
}  // namespace eventail::test
