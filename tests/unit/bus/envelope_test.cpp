// Our messages, compared with the Python original's.
#include "bus/envelope.hpp"

#include "unit/bus/recorded_messages.hpp"
#include "wire/frame.hpp"
#include "wire/methods.hpp"
#include "wire/table.hpp"
#include <eventail/error.hpp>

#include <gtest/gtest.h>

#include <string>

namespace eventail::bus {
namespace {

constexpr std::size_t frame_bytes = wire::default_frame_bytes;

std::string encoded(const Outgoing& message, std::string_view body, std::uint16_t channel = 1,
                    std::size_t max_frame_bytes = frame_bytes) {
    wire::Buffer out;
    const std::size_t count =
        encode_message(out, channel, message, wire::as_bytes(body), max_frame_bytes);
    EXPECT_EQ(count, out.size());
    return std::string(wire::as_text(out.view()));
}

/// One of our messages, as a peer's frame reader sees it.
struct Sent {
    wire::BasicPublish publish = {};
    wire::Properties properties = {};
    std::string body = {};
};

Sent read(std::string_view frames) {
    Sent sent;
    wire::FrameReader reader(frame_bytes);
    reader.feed(wire::as_bytes(frames));
    while (const auto frame = reader.next()) {
        if (frame->type == wire::FrameType::method) {
            sent.publish = wire::decode_as<wire::BasicPublish>(frame->payload);
        } else if (frame->type == wire::FrameType::header) {
            sent.properties = wire::decode_content_header(frame->payload).properties;
        } else {
            sent.body += wire::as_text(frame->payload);
        }
    }
    return sent;
}

Errc refusal_of(const Outgoing& message, std::string_view named_field) {
    wire::Buffer out;
    try {
        encode_message(out, 1, message, {}, frame_bytes);
    } catch (const Error& error) {
        EXPECT_NE(std::string_view(error.what()).find(named_field), std::string_view::npos)
            << error.what();
        EXPECT_TRUE(out.empty());
        return static_cast<Errc>(error.code().value());
    }
    ADD_FAILURE() << "accepted, though " << named_field << " is wrong";
    return {};
}

const std::string longest(255, 'n');
const std::string too_long(256, 'n');

TEST(Envelope, an_event_has_the_bytes_of_the_python_original) {
    const RecordedMessage golden = recorded("ProbeHappened");

    const std::string ours = encoded(
        {.kind = Kind::event, .name = "ProbeHappened", .conversation_id = "conv-1"}, golden.body);

    EXPECT_EQ(ours, golden.frames);
}

TEST(Envelope, a_mandatory_event_has_the_bytes_of_the_python_original) {
    const RecordedMessage golden = recorded("ProbeHappened", 1);
    ASSERT_TRUE(golden.is_mandatory);

    const std::string ours = encoded({.kind = Kind::event,
                                      .name = "ProbeHappened",
                                      .conversation_id = "conv-1",
                                      .is_mandatory = true},
                                     golden.body);

    EXPECT_EQ(ours, golden.frames);
}

TEST(Envelope, a_command_has_the_bytes_of_the_python_original) {
    const RecordedMessage golden = recorded("probe.DoIt");

    const std::string ours = encoded({.kind = Kind::command,
                                      .name = "probe.DoIt",
                                      .conversation_id = "conv-2",
                                      .correlation_id = "corr-7",
                                      .reply_to = "probe.DoItResult",
                                      .is_mandatory = true},
                                     golden.body);

    EXPECT_EQ(ours, golden.frames);
}

TEST(Envelope, results_have_the_bytes_of_the_python_original) {
    const RecordedMessage success = recorded("probe.Result", 0);
    const RecordedMessage error = recorded("probe.Result", 1);
    Outgoing message{.kind = Kind::result,
                     .name = "probe.Result",
                     .conversation_id = "conv-2",
                     .correlation_id = "corr-7",
                     .is_mandatory = true};

    EXPECT_EQ(encoded(message, success.body), success.frames);
    message.is_success = false;
    EXPECT_EQ(encoded(message, error.body), error.frames);
}

TEST(Envelope, a_configuration_has_the_bytes_of_the_python_original) {
    const RecordedMessage golden = recorded("ProbeConfigured2");

    const std::string ours =
        encoded({.kind = Kind::configuration, .name = "ProbeConfigured2"}, golden.body);

    EXPECT_EQ(ours, golden.frames);
}

TEST(Envelope, a_log_has_the_bytes_of_the_python_original_whatever_else_is_set) {
    const RecordedMessage golden = recorded("probe.INFO");

    const std::string ours = encoded({.kind = Kind::log,
                                      .name = "probe.INFO",
                                      .conversation_id = "conv-3",
                                      .message_id = "m-1",
                                      .timestamp = 1,
                                      .app_id = "probe"},
                                     golden.body, golden.channel);

    EXPECT_EQ(ours, golden.frames);
}

TEST(Envelope, message_id_timestamp_and_app_id_go_out_when_they_are_given) {
    const std::string frames = encoded({.kind = Kind::event,
                                        .name = "Happened",
                                        .conversation_id = "c",
                                        .message_id = "m-1",
                                        .timestamp = 1'700'000'000,
                                        .app_id = "pong"},
                                       "x");

    const Sent sent = read(frames);
    EXPECT_EQ(sent.properties.message_id, "m-1");
    EXPECT_EQ(sent.properties.timestamp, 1'700'000'000U);
    EXPECT_EQ(sent.properties.app_id, "pong");
}

TEST(Envelope, transient_json_says_so) {
    const std::string frames = encoded({.kind = Kind::configuration,
                                        .name = "Configured",
                                        .is_persistent = false,
                                        .content_type = payload::json_content_type},
                                       "{}");

    const Sent sent = read(frames);
    EXPECT_EQ(sent.properties.content_type, "application/json");
    EXPECT_EQ(sent.properties.delivery_mode, 1);
    EXPECT_EQ(sent.publish.exchange, "configurations");
}

TEST(Envelope, only_a_command_carries_a_reply_to) {
    const std::string result = encoded(
        {.kind = Kind::result, .name = "a.Result", .correlation_id = "k", .reply_to = "b"}, "");
    const std::string event = encoded(
        {.kind = Kind::event, .name = "Happened", .correlation_id = "k", .reply_to = "b"}, "");

    EXPECT_EQ(read(result).properties.reply_to, "");
    EXPECT_EQ(read(result).properties.correlation_id, "k");
    EXPECT_EQ(read(event).properties.reply_to, "");
    EXPECT_EQ(read(event).properties.correlation_id, "");
}

TEST(Envelope, a_body_above_the_frame_limit_is_split) {
    const std::string body(10'000, 'b');

    const std::string frames =
        encoded({.kind = Kind::event, .name = "Happened"}, body, 1, wire::min_frame_bytes);

    EXPECT_EQ(read(frames).body, body);
    EXPECT_NE(frames.substr(frames.size() - body.size() - 1, body.size()), body) << "one frame";
}

TEST(Envelope, a_message_is_appended_to_what_the_buffer_holds) {
    wire::Buffer out;
    out.append(wire::as_bytes("before"));

    const Outgoing message{.kind = Kind::event, .name = "Happened"};
    encode_message(out, 1, message, wire::as_bytes("body"), frame_bytes);

    EXPECT_EQ(wire::as_text(out.view()), "before" + encoded(message, "body"));
}

TEST(Envelope, the_longest_names_and_ids_fit_the_smallest_frame) {
    const std::string conversation_id(max_conversation_id_bytes, 'c');

    const std::string frames = encoded({.kind = Kind::command,
                                        .name = longest,
                                        .conversation_id = conversation_id,
                                        .correlation_id = longest,
                                        .reply_to = longest,
                                        .message_id = longest,
                                        .timestamp = 1,
                                        .app_id = longest},
                                       "");

    EXPECT_LE(frames.size(), wire::min_frame_bytes);
    EXPECT_EQ(read(frames).properties.headers->find("conversation_id")->as_text(), conversation_id);
}

TEST(Envelope, what_is_too_long_is_refused_by_name) {
    const std::string conversation_id(max_conversation_id_bytes + 1, 'c');
    const Outgoing good{.kind = Kind::command, .name = "a.Do", .reply_to = "b.Done"};
    Outgoing bad = good;

    bad.name = too_long;
    EXPECT_EQ(refusal_of(bad, "name"), Errc::invalid_argument);
    bad = good;
    bad.reply_to = too_long;
    EXPECT_EQ(refusal_of(bad, "reply_to"), Errc::invalid_argument);
    bad = good;
    bad.correlation_id = too_long;
    EXPECT_EQ(refusal_of(bad, "correlation_id"), Errc::invalid_argument);
    bad = good;
    bad.message_id = too_long;
    EXPECT_EQ(refusal_of(bad, "message_id"), Errc::invalid_argument);
    bad = good;
    bad.app_id = too_long;
    EXPECT_EQ(refusal_of(bad, "app_id"), Errc::invalid_argument);
    bad = good;
    bad.conversation_id = conversation_id;
    EXPECT_EQ(refusal_of(bad, "conversation_id"), Errc::invalid_argument);
}

TEST(Envelope, what_is_missing_is_refused_by_name) {
    EXPECT_EQ(refusal_of({.kind = Kind::event}, "name"), Errc::invalid_argument);
    EXPECT_EQ(refusal_of({.kind = Kind::result}, "reply_to"), Errc::invalid_argument);
    EXPECT_EQ(refusal_of({.kind = Kind::command, .name = "a.Do"}, "reply_to"),
              Errc::invalid_argument);
}

TEST(Envelope, names_that_are_no_utf8_are_refused) {
    EXPECT_EQ(refusal_of({.kind = Kind::event, .name = "caf\xe9"}, "name"), Errc::invalid_argument);
    EXPECT_NO_THROW(encoded({.kind = Kind::event, .name = "café"}, ""));
}

TEST(Envelope, a_conversation_id_that_came_as_bytes_goes_on_as_bytes) {
    const std::string frames =
        encoded({.kind = Kind::event, .name = "Happened", .conversation_id = "\xff\x01"}, "");

    const auto id = read(frames).properties.headers->find("conversation_id");
    EXPECT_EQ(id->type(), 'x');
    EXPECT_EQ(id->as_text(), "\xff\x01");
}

TEST(Envelope, consumer_tags_name_the_queue) {
    for (const Source source : {Source::events, Source::commands, Source::configurations}) {
        EXPECT_EQ(source_of(consumer_tag_of(source)), source);
    }
    EXPECT_EQ(source_of("logs"), std::nullopt);
    EXPECT_EQ(source_of(""), std::nullopt);
}

}  // namespace
}  // namespace eventail::bus
