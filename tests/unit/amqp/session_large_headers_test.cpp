// Content headers beyond frame_max, which RabbitMQ relays, and beyond their own limit.
#include "support/scripted_server.hpp"
#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eventail::test {
namespace {

using Events = std::vector<std::string>;

/// A session with frames of 4096 bytes, and content headers of up to 10,000.
class SessionLargeHeaders : public testing::Test {
protected:
    SessionLargeHeaders() {
        server.is_ready();
        server.events.inspect = [&](const amqp::Delivery& delivery) {
            skipped_header_bytes = delivery.skipped_header_bytes;
            text_bytes = delivery.properties.headers
                             ? delivery.properties.headers->find("text")->as_text()->size()
                             : 0;
        };
    }

    /// A message whose header contains a text of that length.
    template <typename M>
    void sends(const M& method, std::size_t length, std::string_view body) {
        const std::string text(length, 'x');
        wire::Table headers;
        headers.set("text", std::string_view(text));
        server.sends(1, method);
        server.sends_header(1, body.size(), {.headers = headers});
        if (!body.empty()) server.sends_body(1, body);
    }

    ScriptedServer server{{.frame_max = 4096, .max_header_bytes = 10'000}};
    std::size_t skipped_header_bytes = 0;
    std::size_t text_bytes = 0;
    const wire::BasicDeliver deliver{.delivery_tag = 7, .routing_key = "Ticked"};
};

TEST_F(SessionLargeHeaders, are_read_beyond_frame_max) {
    sends(deliver, 9'000, "body");

    EXPECT_EQ(text_bytes, 9'000u);
    EXPECT_EQ(skipped_header_bytes, 0u);
    EXPECT_EQ(server.events.take(), Events{"1: delivery 7 Ticked 'body'"});
}

TEST_F(SessionLargeHeaders, beyond_their_limit_are_skipped_with_the_body_and_reported) {
    sends(deliver, 12'000, "body");

    EXPECT_GT(skipped_header_bytes, 12'000u);
    EXPECT_EQ(text_bytes, 0u);
    EXPECT_EQ(server.events.take(), Events{"1: delivery 7 Ticked ''"});
}

TEST_F(SessionLargeHeaders, beyond_their_limit_spoil_only_their_message) {
    sends(deliver, 12'000, std::string(4000, 'b'));
    server.events.take();

    sends(deliver, 100, "next");

    EXPECT_EQ(skipped_header_bytes, 0u);
    EXPECT_EQ(server.events.take(), Events{"1: delivery 7 Ticked 'next'"});
    EXPECT_TRUE(server.session.is_open());
}

TEST_F(SessionLargeHeaders, beyond_their_limit_are_reported_without_a_body_as_well) {
    sends(deliver, 12'000, "");

    EXPECT_EQ(server.events.take(), Events{"1: delivery 7 Ticked ''"});
}

TEST_F(SessionLargeHeaders, of_an_answer_to_get_are_reported) {
    server.session.request(1, wire::BasicGet{.queue = "q"}, server.now);
    sends(wire::BasicGetOk{.delivery_tag = 3, .routing_key = "Ticked"}, 12'000, "body");

    EXPECT_GT(skipped_header_bytes, 12'000u);
    EXPECT_EQ(server.events.take(), Events{"1: delivery 3 Ticked ''"});
}

TEST_F(SessionLargeHeaders, of_a_returned_message_are_reported_with_its_routing_key) {
    sends(wire::BasicReturn{.reply_code = 312, .routing_key = "nobody.Here"}, 12'000, "body");

    EXPECT_EQ(server.events.take(), Events{"1: returned 312 nobody.Here ''"});
}

TEST_F(SessionLargeHeaders, give_nobody_room_for_the_body_that_is_skipped) {
    ScriptedServer wide({.max_header_bytes = 10'000});
    wide.is_ready();
    const std::string text(140'000, 'x');
    wire::Table headers;
    headers.set("text", std::string_view(text));
    wire::Buffer frame;
    wire::encode_body(frame, 1, wire::as_bytes(std::string(100'000, 'x')),
                      wire::default_frame_bytes);

    wide.sends(1, deliver);
    wide.sends_header(1, 100'000, {.headers = headers});
    wide.sends_bytes(frame.view().first(1000));
    EXPECT_TRUE(wide.session.body_room().bytes.empty());
    wide.sends_bytes(frame.view().subspan(1000));

    EXPECT_EQ(wide.events.take(), Events{"1: delivery 7 Ticked ''"});
}

TEST_F(SessionLargeHeaders, are_given_a_mebibyte_unless_said_otherwise) {
    EXPECT_EQ(amqp::SessionOptions{}.max_header_bytes, 1u << 20);
}

}  // namespace
}  // namespace eventail::test
