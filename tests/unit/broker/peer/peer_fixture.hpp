// A client of a peer: speaks in methods, and reads its input as one line per frame.
#pragma once

#include "broker/peer/peer.hpp"
#include "wire/frame_writer.hpp"
#include "wire/table.hpp"
#include "wire/to_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::broker {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Lines = std::vector<std::string>;

/// Frames in words: "1 basic.ack delivery_tag=7", "1 content-header body_size=2", "1 body ab".
class FramesAsText {
public:
    void add(wire::Bytes bytes, Lines& lines) {
        reader_.feed(bytes);
        if (reader_.peer_header()) lines.emplace_back("protocol header");
        while (const auto frame = reader_.next()) {
            lines.push_back(std::to_string(frame->channel) + " " + to_text(*frame));
        }
    }

private:
    static std::string to_text(const wire::Frame& frame) {
        switch (frame.type) {
            case wire::FrameType::method: return wire::to_text(wire::decode_method(frame.payload));
            case wire::FrameType::header:
                return wire::to_text(wire::decode_content_header(frame.payload));
            case wire::FrameType::body: return "body " + std::string(wire::as_text(frame.payload));
            case wire::FrameType::heartbeat: break;
        }
        return "heartbeat";
    }

    wire::FrameReader reader_{std::size_t{1} << 30};
};

class PeerClient final : public PeerTransport {
public:
    PeerClient(PeerContext& context, const TimePoint& now)
        : core_(context.core), now_(now), peer_(std::make_unique<Peer>(context, *this, now)) {}

    Peer& peer() { return *peer_; }
    void disconnect() { peer_.reset(); }

    void send_bytes(wire::Bytes bytes) {
        core_.tick(now_);
        peer_->feed(bytes, now_);
        core_.dispatch();
    }
    void send_header() {
        const auto header = wire::protocol_header();
        send_bytes(header.bytes);
    }
    /// Sends any number of methods in one chunk.
    template <typename... Methods>
    void send(std::uint16_t channel, const Methods&... methods) {
        wire::Buffer bytes;
        (wire::encode_method(bytes, channel, methods), ...);
        send_bytes(bytes.view());
    }
    void send_frame(wire::FrameType type, std::uint16_t channel, std::string_view payload) {
        wire::Buffer bytes;
        append_frame(bytes, type, channel, payload);
        send_bytes(bytes.view());
    }
    static void append_frame(wire::Buffer& bytes, wire::FrameType type, std::uint16_t channel,
                             std::string_view payload) {
        wire::FrameWriter frame(bytes, type, channel);
        frame.payload().raw(wire::as_bytes(payload));
        frame.finish();
    }
    static void append_message(wire::Buffer& bytes, const wire::BasicPublish& method,
                               std::string_view body, std::uint16_t channel = 1) {
        wire::encode_method(bytes, channel, method);
        wire::encode_content_header(bytes, channel, {.body_size = body.size()});
        wire::encode_body(bytes, channel, wire::as_bytes(body), wire::default_frame_bytes);
    }
    /// Publishes to the queue of that name, `count` times in one chunk.
    void publish(std::string_view queue, std::string_view body = "hello", int count = 1) {
        wire::Buffer bytes;
        for (int i = 0; i < count; ++i) append_message(bytes, {.routing_key = queue}, body);
        send_bytes(bytes.view());
    }

    void start_ok(std::string_view mechanism = "PLAIN",
                  std::string_view response = {"\0guest\0guest", 12},
                  bool has_capabilities = true) {
        wire::Table capabilities;
        if (has_capabilities) {
            capabilities.set("authentication_failure_close", true)
                .set("connection.blocked", true)
                .set("consumer_cancel_notify", true);
        }
        wire::Table properties;
        properties.set("connection_name", std::string_view("tester"))
            .set("capabilities", capabilities.view());
        send(0, wire::ConnectionStartOk{.client_properties = properties,
                                        .mechanism = mechanism,
                                        .response = wire::as_bytes(response),
                                        .locale = "en_US"});
    }
    /// Does the whole handshake, opens channel 1, and forgets the answers.
    void connect(const wire::ConnectionTuneOk& tune = {2047, 131072, 0},
                 bool has_capabilities = true) {
        send_header();
        start_ok("PLAIN", {"\0guest\0guest", 12}, has_capabilities);
        send(0, tune, wire::ConnectionOpen{.virtual_host = "/"});
        send(1, wire::ChannelOpen{});
        take();
    }

    /// The bytes that can be written now, up to a limit, as if they were written.
    std::string write_bytes(std::size_t max_count = std::size_t{1} << 30) {
        std::string bytes;
        std::array<wire::Bytes, 3> views;
        while (bytes.size() < max_count) {
            const std::size_t count = peer_->gather(views);
            if (count == 0) break;
            const std::size_t before = bytes.size();
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t room = max_count - bytes.size();
                bytes += wire::as_text(views[i].first(std::min(views[i].size(), room)));
            }
            peer_->written(bytes.size() - before, now_);
            core_.dispatch();
        }
        return bytes;
    }
    /// The client's input since the last call.
    Lines take() {
        Lines lines;
        const std::string bytes = write_bytes();
        frames_.add(wire::as_bytes(bytes), lines);
        return lines;
    }

    void output_is_ready() override { ++ready_count; }
    void log(const std::string& line) override { log_lines.push_back(line); }

    int ready_count = 0;
    Lines log_lines = {};

private:
    Core& core_;
    const TimePoint& now_;
    FramesAsText frames_;
    std::unique_ptr<Peer> peer_;
};

class PeerTest : public testing::Test {
protected:
    void pass(Clock::duration time) {
        now_ += time;
        core_.tick(now_);
        client_.peer().tick(now_);
        core_.dispatch();
    }

    TimePoint now_ = TimePoint(1000s);
    Core core_{now_};
    PeerContext context_{.core = core_};
    PeerClient client_{context_, now_};
};

}  // namespace eventail::broker
