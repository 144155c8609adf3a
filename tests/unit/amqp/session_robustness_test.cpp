#include "support/scripted_server.hpp"
#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace eventail::test {
namespace {

using namespace std::chrono_literals;

/// A server's side of a whole session, apart from what it waits for in between.
wire::Buffer conversation() {
    wire::Buffer bytes;
    wire::Table properties;
    properties.set("product", std::string_view("RabbitMQ"));
    wire::encode_method(bytes, 0,
                        wire::ConnectionStart{.server_properties = properties,
                                              .mechanisms = wire::as_bytes("PLAIN")});
    wire::encode_method(bytes, 0, wire::ConnectionTune{2047, 4096, 60});
    wire::encode_method(bytes, 0, wire::ConnectionOpenOk{});
    wire::encode_method(bytes, 1, wire::ChannelOpenOk{});
    wire::encode_method(bytes, 1, wire::QueueDeclareOk{.queue = "q"});
    wire::encode_method(bytes, 1, wire::BasicDeliver{.delivery_tag = 1, .routing_key = "k"});
    wire::encode_heartbeat(bytes);
    wire::encode_content_header(bytes, 1,
                                {.body_size = 12, .properties = {.correlation_id = "id"}});
    wire::encode_body(bytes, 1, wire::as_bytes("hello world!"), 13);
    wire::encode_method(bytes, 1, wire::BasicReturn{.reply_code = 312, .routing_key = "n"});
    wire::encode_content_header(bytes, 1, {.body_size = 3});
    wire::encode_body(bytes, 1, wire::as_bytes("abc"), 4096);
    wire::encode_method(bytes, 1, wire::BasicAck{.delivery_tag = 3, .multiple = true});
    wire::encode_method(bytes, 0, wire::ConnectionBlocked{.reason = "memory"});
    wire::encode_method(bytes, 0, wire::ConnectionUnblocked{});
    wire::encode_method(bytes, 1, wire::ChannelClose{.reply_code = 404, .reply_text = "gone"});
    wire::encode_method(bytes, 0, wire::ConnectionClose{.reply_code = 320, .reply_text = "bye"});
    return bytes;
}

const std::vector<std::string> conversation_events = {
    "open",
    "1: channel.open-ok",
    "1: queue.declare-ok queue=q",
    "1: delivery 1 k 'hello world!'",
    "1: returned 312 n 'abc'",
    "1: ack 3 multiple",
    "blocked memory",
    "unblocked",
    "1: closed NOT_FOUND gone",
    "end",
};

/// A client that makes the requests for the conversation's answers.
class Listener {
public:
    Listener() {
        server.events.react = [this](std::string_view line) {
            if (line != "open") return;
            server.session.open_channel(1, server.now);
            server.session.request(1, wire::QueueDeclare{}, server.now);
        };
        server.session.start(server.now);
    }

    ScriptedServer server;
};

TEST(SessionRobustness, understands_a_conversation_in_one_piece) {
    Listener listener;
    const wire::Buffer bytes = conversation();

    listener.server.sends_bytes(bytes.view());

    EXPECT_EQ(listener.server.events.take(), conversation_events);
}

TEST(SessionRobustness, understands_a_conversation_split_anywhere) {
    const wire::Buffer bytes = conversation();
    for (std::size_t split = 1; split < bytes.size(); ++split) {
        Listener listener;

        listener.server.sends_bytes(bytes.view().first(split));
        listener.server.sends_bytes(bytes.view().subspan(split));

        EXPECT_EQ(listener.server.events.take(), conversation_events) << "split at " << split;
    }
}

TEST(SessionRobustness, understands_a_conversation_one_byte_at_a_time) {
    Listener listener;
    const wire::Buffer bytes = conversation();

    for (std::size_t i = 0; i < bytes.size(); ++i) {
        // A copy that dies at once: nothing may keep a view.
        const std::vector<std::byte> one(bytes.data() + i, bytes.data() + i + 1);
        listener.server.sends_bytes(one);
    }

    EXPECT_EQ(listener.server.events.take(), conversation_events);
}

TEST(SessionRobustness, survives_garbage) {
    std::mt19937 random(20240229);
    std::uniform_int_distribution<int> any_byte(0, 255);
    for (int round = 0; round < 500; ++round) {
        ScriptedServer server;
        if (round % 2 == 0) {
            server.is_ready();
        } else {
            server.session.start(server.now);
        }
        std::vector<std::byte> garbage(static_cast<std::size_t>(1 + round));
        for (std::byte& byte : garbage) byte = static_cast<std::byte>(any_byte(random));
        garbage[0] = std::byte{1};

        EXPECT_NO_THROW(server.sends_bytes(garbage));
        server.passes(1h);

        EXPECT_TRUE(server.session.is_ended());
    }
}

TEST(SessionRobustness, survives_a_conversation_with_wrong_bytes_in_it) {
    std::mt19937 random(19700101);
    const wire::Buffer original = conversation();
    std::uniform_int_distribution<std::size_t> any_place(0, original.size() - 1);
    std::uniform_int_distribution<int> any_byte(0, 255);
    for (int round = 0; round < 5000; ++round) {
        Listener listener;
        std::vector<std::byte> bytes(original.data(), original.data() + original.size());
        for (int i = 0; i <= round % 3; ++i) {
            bytes[any_place(random)] = static_cast<std::byte>(any_byte(random));
        }
        const std::size_t split = any_place(random);

        EXPECT_NO_THROW(listener.server.sends_bytes(wire::Bytes(bytes).first(split)));
        EXPECT_NO_THROW(listener.server.sends_bytes(wire::Bytes(bytes).subspan(split)));
        listener.server.passes(1h);
        listener.server.passes(1h);

        ASSERT_TRUE(listener.server.session.is_finished());
        const auto events = listener.server.events.take();
        EXPECT_EQ(std::count(events.begin(), events.end(), "end"), 1);
        EXPECT_EQ(events.back(), "end");
    }
}

}  // namespace
}  // namespace eventail::test
