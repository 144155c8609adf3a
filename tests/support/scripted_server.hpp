// The broker's end of a session, scripted by a test line by line: sends what the test says and
// checks the session's output. Time stands still until a test moves it.
#pragma once

#include "amqp/session.hpp"
#include "support/recorded_events.hpp"
#include "wire/big_endian.hpp"
#include "wire/frame.hpp"
#include "wire/methods.hpp"
#include "wire/properties.hpp"
#include "wire/to_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

namespace eventail::test {

/// The server's offer: RabbitMQ's defaults.
struct ServerOffer {
    std::string_view mechanisms = "PLAIN AMQPLAIN";
    std::uint16_t channel_max = 2047;
    std::uint32_t frame_max = 131072;
    std::uint16_t heartbeat = 60;
};

class ScriptedServer {
public:
    explicit ScriptedServer(amqp::SessionOptions options = {})
        : session(std::move(options), events) {}

    RecordedEvents events;
    amqp::Session session;
    TimePoint now = TimePoint{} + std::chrono::hours{1};

    // ---- Handshake

    void starts(ServerOffer offer = {}) {
        session.start(now);
        expect_protocol_header();
        sends(0, wire::ConnectionStart{.mechanisms = wire::as_bytes(offer.mechanisms),
                                       .locales = wire::as_bytes("en_US")});
    }
    /// Up to connection.open, which waits for its answer.
    void accepts_login(ServerOffer offer = {}) {
        starts(offer);
        expect<wire::ConnectionStartOk>(0);
        sends_tune(offer);
        expect<wire::ConnectionTuneOk>(0);
        expect<wire::ConnectionOpen>(0);
    }
    void sends_tune(ServerOffer offer = {}) {
        sends(0, wire::ConnectionTune{.channel_max = offer.channel_max,
                                      .frame_max = offer.frame_max,
                                      .heartbeat = offer.heartbeat});
    }
    void accepts_handshake(ServerOffer offer = {}) {
        accepts_login(offer);
        sends(0, wire::ConnectionOpenOk{});
        EXPECT_TRUE(session.is_open());
        events.take();
    }
    void accepts_channel(std::uint16_t channel) {
        session.open_channel(channel, now);
        expect<wire::ChannelOpen>(channel);
        sends(channel, wire::ChannelOpenOk{});
        events.take();
    }
    /// An open session with channel 1.
    void is_ready() {
        accepts_handshake();
        accepts_channel(1);
    }

    // ---- Sending

    void sends_bytes(wire::Bytes bytes) { session.feed(bytes, now); }

    template <typename M>
    void sends(std::uint16_t channel, const M& method) {
        wire::Buffer bytes;
        wire::encode_method(bytes, channel, method);
        sends_bytes(bytes.view());
    }
    void sends_header(std::uint16_t channel, std::uint64_t body_size,
                      const wire::Properties& properties = {}) {
        wire::Buffer bytes;
        wire::encode_content_header(bytes, channel,
                                    {.body_size = body_size, .properties = properties});
        sends_bytes(bytes.view());
    }
    void sends_body(std::uint16_t channel, std::string_view body) {
        wire::Buffer bytes;
        wire::encode_body(bytes, channel, wire::as_bytes(body), wire::default_frame_bytes);
        sends_bytes(bytes.view());
    }
    template <typename M>
    void sends_message(std::uint16_t channel, const M& method, std::string_view body) {
        sends(channel, method);
        sends_header(channel, body.size());
        sends_body(channel, body);
    }
    void sends_heartbeat() {
        wire::Buffer bytes;
        wire::encode_heartbeat(bytes);
        sends_bytes(bytes.view());
    }

    // ---- Reading

    /// Takes all of the session's output.
    void reads() {
        while (!session.output().empty()) {
            std::array<wire::Bytes, 8> views = {};
            const std::size_t count = session.output().gather(views);
            std::size_t taken = 0;
            for (std::size_t i = 0; i < count; ++i) {
                received_.append(views[i]);
                taken += views[i].size();
            }
            session.written(taken, now);
        }
    }
    void expect_protocol_header() {
        reads();
        EXPECT_EQ(wire::as_text(next_bytes(8)), std::string_view("AMQP\0\0\x09\x01", 8));
    }
    /// The next frame; its views live until the next call.
    wire::Frame expect_frame() {
        reads();
        EXPECT_GE(received_.size() - read_, wire::frame_overhead_bytes) << "nothing was written";
        if (received_.size() - read_ < wire::frame_overhead_bytes) return {};
        const std::byte* const head = received_.data() + read_;
        const auto size = wire::load_big_endian<std::uint32_t>(head + 3);
        const wire::Bytes bytes = next_bytes(size + wire::frame_overhead_bytes);
        EXPECT_EQ(bytes.back(), std::byte{wire::frame_end});
        return {.type = static_cast<wire::FrameType>(head[0]),
                .channel = wire::load_big_endian<std::uint16_t>(head + 1),
                .payload = bytes.subspan(wire::frame_header_bytes, size)};
    }
    template <typename M>
    M expect(std::uint16_t channel) {
        const wire::Frame frame = expect_frame();
        EXPECT_EQ(frame.channel, channel);
        EXPECT_EQ(frame.type, wire::FrameType::method);
        if (frame.payload.empty()) return {};
        const bool is_expected = wire::peek_method_id(frame.payload) == M::id;
        EXPECT_TRUE(is_expected) << wire::to_text(wire::decode_method(frame.payload))
                                 << " was written instead of " << M::name;
        return is_expected ? wire::decode_as<M>(frame.payload) : M{};
    }
    void expect_heartbeat() { EXPECT_EQ(expect_frame().type, wire::FrameType::heartbeat); }
    void expect_nothing() {
        reads();
        EXPECT_EQ(received_.size(), read_) << "something was written";
    }

    // ---- Time

    void passes(Duration duration) {
        now += duration;
        session.tick(now);
    }

    /// The end that the session reported; fails the test if there is none yet.
    amqp::SessionEnd end() const {
        EXPECT_TRUE(events.end().has_value()) << "the session has not ended";
        return events.end().value_or(amqp::SessionEnd{});
    }

private:
    wire::Bytes next_bytes(std::size_t count) {
        EXPECT_LE(count, received_.size() - read_) << "too little was written";
        const wire::Bytes bytes =
            received_.view().subspan(read_).first(std::min(count, received_.size() - read_));
        read_ += bytes.size();
        return bytes;
    }

    wire::Buffer received_;
    std::size_t read_ = 0;
};

}  // namespace eventail::test
