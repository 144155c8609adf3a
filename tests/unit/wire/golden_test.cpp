// The conversation of the Python original and RabbitMQ, read and written by us.

#include "unit/wire/golden.hpp"

#include "wire/frame.hpp"
#include "wire/methods.hpp"
#include "wire/properties.hpp"
#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace eventail::wire {
namespace {

using golden::Record;
using nlohmann::json;

/// The recording uses pika's names, which include those of reserved fields.
const json renamed = {
    {"connection.open.reserved_1", "capabilities"},   {"connection.open.reserved_2", "insist"},
    {"connection.open-ok.reserved_1", "known_hosts"}, {"channel.open.reserved_1", "out_of_band"},
    {"channel.open-ok.reserved_1", "channel_id"},     {"basic.qos.global", "global_qos"},
};

std::string method_name(std::string name) {
    std::string dashed;
    for (const char c : name) {
        if (std::isupper(static_cast<unsigned char>(c)) != 0 && !dashed.empty() &&
            dashed.back() != '.') {
            dashed += '-';
        }
        dashed += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return dashed;
}

json to_json(FieldView field);

json to_json(TableView table) {
    json object = json::object();
    for (const auto [name, field] : table) object[std::string(name)] = to_json(field);
    return object;
}
json to_json(Bytes bytes) { return as_text(bytes); }
json to_json(std::string_view text) { return text; }
json to_json(std::integral auto value) { return value; }
json to_json(FieldView field) {
    if (const auto flag = field.as_bool()) return *flag;
    if (const auto text = field.as_text()) return *text;
    if (const auto table = field.as_table()) return to_json(*table);
    return "a type that the recording does not contain";
}

json fields_of(const Method& method) {
    return std::visit(
        []<typename M>(const M& alternative) {
            json fields = json::object();
            M::fields(alternative, [&](std::string_view name, const auto& field) {
                std::string key(name);
                const std::string full = std::string(M::name) + '.' + key;
                if (key == "reserved_1") key = "ticket";
                fields[renamed.value(full, key)] = to_json(field);
            });
            return fields;
        },
        method);
}

json fields_of(const Properties& properties) {
    json fields = json::object();
    Properties::fields(properties, [&](std::string_view name, const auto& property) {
        if (property) fields[std::string(name)] = to_json(*property);
    });
    return fields;
}

std::string_view name_of(const Method& method) {
    return std::visit([](const auto& alternative) { return alternative.name; }, method);
}

Frame only_frame(FrameReader& reader, const Record& record) {
    reader.feed(as_bytes(record.raw));
    return reader.next().value();
}

const Record& record_of(std::string_view method, const json& fields) {
    const auto& all = golden::records();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Record& record) {
        if (!record.is("method") || method_name(record.line.at("method")) != method) return false;
        const json& recorded = record.line.at("fields");
        return std::all_of(fields.items().begin(), fields.items().end(), [&](const auto& field) {
            return recorded.at(field.key()) == field.value();
        });
    });
    return found == all.end() ? throw std::runtime_error("not recorded") : *found;
}

const Record& header_of(const json& properties) {
    const auto& all = golden::records();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Record& record) {
        return record.is("header") && record.line.at("properties") == properties;
    });
    return found == all.end() ? throw std::runtime_error("not recorded") : *found;
}

template <typename M>
std::string encoded(std::uint16_t channel, const M& method) {
    Buffer buffer;
    encode_method(buffer, channel, method);
    return golden::to_hex(buffer.view());
}

std::string encoded(std::uint16_t channel, const ContentHeader& header) {
    Buffer buffer;
    encode_content_header(buffer, channel, header);
    return golden::to_hex(buffer.view());
}

TEST(Golden, the_recording_is_there) { EXPECT_EQ(golden::records().size(), 147U); }

TEST(Golden, every_recorded_frame_has_the_recorded_channel_and_type) {
    for (const Record& record : golden::records()) {
        if (record.is("protocol-header")) continue;
        SCOPED_TRACE(record.line.dump());
        FrameReader reader;

        const Frame frame = only_frame(reader, record);

        EXPECT_EQ(frame.channel, record.line.at("channel"));
        EXPECT_EQ(frame.type, record.is("method")   ? FrameType::method
                              : record.is("header") ? FrameType::header
                                                    : FrameType::body);
    }
}

TEST(Golden, every_recorded_method_has_the_recorded_fields_and_encodes_to_the_same_bytes) {
    for (const Record& record : golden::records()) {
        if (!record.is("method")) continue;
        SCOPED_TRACE(record.line.dump());
        FrameReader reader;
        const Frame frame = only_frame(reader, record);

        const Method method = decode_method(frame.payload);

        EXPECT_EQ(name_of(method), method_name(record.line.at("method")));
        EXPECT_EQ(fields_of(method), record.line.at("fields"));
        EXPECT_EQ(encoded(frame.channel, method), golden::to_hex(as_bytes(record.raw)));
    }
}

TEST(Golden, every_recorded_header_has_the_recorded_properties_and_encodes_to_the_same_bytes) {
    for (const Record& record : golden::records()) {
        if (!record.is("header")) continue;
        SCOPED_TRACE(record.line.dump());
        FrameReader reader;
        const Frame frame = only_frame(reader, record);

        const ContentHeader header = decode_content_header(frame.payload);

        EXPECT_EQ(header.class_id, 60);
        EXPECT_EQ(header.body_size, record.line.at("body_size"));
        EXPECT_EQ(fields_of(header.properties), record.line.at("properties"));
        EXPECT_EQ(encoded(frame.channel, header), golden::to_hex(as_bytes(record.raw)));
    }
}

TEST(Golden, every_recorded_body_encodes_to_the_same_bytes) {
    for (const Record& record : golden::records()) {
        if (!record.is("body")) continue;
        SCOPED_TRACE(record.line.dump());
        FrameReader reader;
        const Frame frame = only_frame(reader, record);
        Buffer buffer;

        encode_body(buffer, frame.channel, frame.payload, default_frame_bytes);

        EXPECT_EQ(golden::to_hex(frame.payload), record.line.at("body"));
        EXPECT_EQ(as_text(buffer.view()), record.raw);
    }
}

TEST(Golden, the_protocol_header_is_the_recorded_one) {
    const ProtocolHeader ours = protocol_header();

    EXPECT_EQ(as_text(ours.bytes), golden::records().front().raw);
}

TEST(Golden, a_declared_exchange_of_ours_is_byte_for_byte_the_originals) {
    const Record& record = record_of("exchange.declare", {{"exchange", "events"}});

    const ExchangeDeclare ours{.exchange = "events", .type = "topic", .durable = true};

    EXPECT_EQ(encoded(1, ours), record.line.at("raw"));
}

TEST(Golden, declared_queues_of_ours_are_byte_for_byte_the_originals) {
    const Record& shared = record_of("queue.declare", {{"queue", "probe.events"}});
    const Record& exclusive = record_of("queue.declare", {{"queue", ""}});

    EXPECT_EQ(encoded(1, QueueDeclare{.queue = "probe.events", .durable = true}),
              shared.line.at("raw"));
    EXPECT_EQ(encoded(1, QueueDeclare{.exclusive = true}), exclusive.line.at("raw"));
}

TEST(Golden, a_binding_of_ours_is_byte_for_byte_the_originals) {
    const Record& record = record_of("queue.bind", {{"routing_key", "probe.DoIt"}});

    const QueueBind ours{
        .queue = "probe.commands", .exchange = "commands", .routing_key = "probe.DoIt"};

    EXPECT_EQ(encoded(1, ours), record.line.at("raw"));
}

TEST(Golden, the_tuning_and_opening_of_ours_is_byte_for_byte_the_originals) {
    const Record& tune = record_of("connection.tune-ok", {{"heartbeat", 60}});
    const Record& open = record_of("connection.open", {{"insist", false}});

    EXPECT_EQ(
        encoded(0, ConnectionTuneOk{.channel_max = 2047, .frame_max = 131072, .heartbeat = 60}),
        tune.line.at("raw"));
    EXPECT_EQ(encoded(0, ConnectionOpen{.virtual_host = "/"}), open.line.at("raw"));
}

TEST(Golden, a_start_ok_of_ours_is_byte_for_byte_the_originals) {
    const Record& record = record_of("connection.start-ok", {{"mechanism", "PLAIN"}});
    const Table capabilities = Table()
                                   .set("authentication_failure_close", true)
                                   .set("basic.nack", true)
                                   .set("connection.blocked", true)
                                   .set("consumer_cancel_notify", true)
                                   .set("publisher_confirms", true);
    const Table client = Table()
                             .set("product", "Pika Python Client Library")
                             .set("platform", "Python 3.11.2")
                             .set("capabilities", capabilities)
                             .set("information", "See http://pika.rtfd.org")
                             .set("version", "1.2.0");
    constexpr std::string_view login("\0guest\0guest", 12);

    const ConnectionStartOk ours{.client_properties = client,
                                 .mechanism = "PLAIN",
                                 .response = as_bytes(login),
                                 .locale = "en_US"};

    EXPECT_EQ(encoded(0, ours), record.line.at("raw"));
}

TEST(Golden, a_published_command_of_ours_is_byte_for_byte_the_originals) {
    const json properties = {{"content_type", "application/cbor"},
                             {"headers", {{"conversation_id", "conv-2"}}},
                             {"delivery_mode", 2},
                             {"correlation_id", "corr-7"},
                             {"reply_to", "probe.DoItResult"}};
    const Record& publish = record_of("basic.publish", {{"routing_key", "probe.DoIt"}});
    const Record& header = header_of(properties);
    const Table headers = Table().set("conversation_id", "conv-2");

    const BasicPublish ours{.exchange = "commands", .routing_key = "probe.DoIt", .mandatory = true};
    const ContentHeader our_header{.body_size = 97,
                                   .properties = {.content_type = "application/cbor",
                                                  .headers = headers,
                                                  .delivery_mode = std::uint8_t{2},
                                                  .correlation_id = "corr-7",
                                                  .reply_to = "probe.DoItResult"}};

    EXPECT_EQ(encoded(1, ours), publish.line.at("raw"));
    EXPECT_EQ(encoded(1, our_header), header.line.at("raw"));
}

TEST(Golden, acknowledgements_of_ours_are_byte_for_byte_the_originals) {
    const Record& record = record_of("basic.ack", {{"delivery_tag", 6}, {"multiple", true}});

    EXPECT_EQ(encoded(1, BasicAck{.delivery_tag = 6, .multiple = true}), record.line.at("raw"));
}

}  // namespace
}  // namespace eventail::wire
