// A session with a broker that sends anything, in any splits. The first byte chooses whether the
// handshake is already done, the second the splits.
#include "amqp/session.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace eventail;
using namespace std::chrono_literals;

constexpr TimePoint now{1h};

void require(bool holds) {
    if (!holds) std::abort();
}

/// Calls back into the session wherever that is allowed.
class Client final : public amqp::SessionEvents {
public:
    amqp::Session* session = nullptr;
    int ends = 0;

    void on_open() override {
        require(ends == 0);
        for (std::uint16_t channel = 1; channel <= 3; ++channel) {
            session->open_channel(channel, now);
        }
        session->request(1, wire::QueueDeclare{}, now);
        session->request(1, wire::BasicGet{}, now);
        session->request(2, wire::ConfirmSelect{}, now);
        session->close_channel(3, now);
    }
    void on_reply(std::uint16_t channel, const wire::Method&) override {
        require(ends == 0);
        if (channel == 3 && !session->is_channel_usable(3)) session->open_channel(3, now);
    }
    void on_delivery(const amqp::Delivery& delivery) override {
        require(ends == 0);
        const bool is_skipped = delivery.oversized || delivery.skipped_header_bytes != 0;
        require(is_skipped || delivery.body.size() == delivery.body_size);
        session->send(delivery.channel, wire::BasicAck{.delivery_tag = delivery.delivery_tag});
    }
    void on_returned(const amqp::Returned&) override { require(ends == 0); }
    void on_confirm(std::uint16_t, std::uint64_t tag, bool, bool) override {
        require(ends == 0);
        if (tag == 99) session->close(wire::ReplyCode::success, "enough", now);
    }
    void on_consumer_cancelled(std::uint16_t channel, std::string_view) override {
        require(ends == 0);
        session->close_channel(channel, now);
    }
    void on_channel_closed(std::uint16_t channel, wire::ReplyCode, std::string_view) override {
        require(ends == 0);
        session->open_channel(channel, now);
    }
    void on_blocked(bool, std::string_view) override { require(ends == 0); }
    void on_end(const amqp::SessionEnd&) override { ++ends; }
};

void complete_handshake(amqp::Session& session) {
    wire::Buffer bytes;
    wire::encode_method(bytes, 0, wire::ConnectionStart{.mechanisms = wire::as_bytes("PLAIN")});
    wire::encode_method(bytes, 0, wire::ConnectionTune{100, 8192, 60});
    wire::encode_method(bytes, 0, wire::ConnectionOpenOk{});
    session.feed(bytes.view(), now);
    require(session.is_open());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    Client client;
    amqp::Session session({.max_body_bytes = 10'000, .max_header_bytes = 10'000}, client);
    client.session = &session;
    session.start(now);
    if (data[0] % 2 == 1) complete_handshake(session);
    std::uint32_t step = data[1];

    wire::Bytes rest = std::as_bytes(std::span(data + 2, size - 2));
    while (!rest.empty()) {
        step = step * 1664525 + 1013904223;
        const std::size_t length = std::min<std::size_t>(1 + (step >> 24), rest.size());
        session.feed(rest.first(length), now);
        rest = rest.subspan(length);
        session.tick(now);
    }

    // A peer's bytes can make us write only about this much.
    require(session.output().size_bytes() <= 16 * size + 100'000);
    session.tick(now + 1h);
    require(client.ends == 1);
    session.tick(now + 2h);
    require(session.is_finished() && !session.next_deadline());
    return 0;
}
