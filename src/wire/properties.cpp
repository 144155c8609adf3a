#include "wire/properties.hpp"

#include "wire/field_codec.hpp"
#include "wire/frame_writer.hpp"
#include "wire/protocol_error.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace eventail::wire {

namespace {

constexpr std::uint16_t basic_class = 60;
constexpr std::uint16_t first_flag = 0x8000;
constexpr std::uint16_t flags_of_no_property = 0x0003;

[[noreturn]] void refuse(const std::string& text) {
    throw ProtocolError(ReplyCode::syntax_error, "content header: " + text);
}

}  // namespace

RawContentHeader split_content_header(Bytes frame_payload) {
    constexpr std::size_t fixed_bytes = 12;
    if (frame_payload.size() < fixed_bytes) refuse("cut short");
    Reader reader(frame_payload);
    const std::uint16_t class_id = reader.u16();
    const std::uint16_t weight = reader.u16();
    const std::uint64_t body_size = reader.u64();
    if (class_id != basic_class) refuse("no content in class " + std::to_string(class_id));
    if (weight != 0) refuse("weight " + std::to_string(weight) + ", must be 0");
    return {class_id, body_size, reader.rest()};
}

Properties decode_properties(Bytes bytes) {
    Reader reader(bytes);
    const std::uint16_t flags = reader.u16();
    // The lowest bit announces another word of flags, for a class with more than 15 properties.
    if ((flags & flags_of_no_property) != 0) refuse("flags of properties that do not exist");

    Properties properties;
    FieldDecoder decoder(reader.rest());
    std::uint16_t flag = first_flag;
    Properties::fields(properties, [&](std::string_view name, auto& property) {
        if ((flags & flag) != 0) decoder(name, property.emplace());
        flag = static_cast<std::uint16_t>(flag >> 1);
    });
    decoder.finish();
    return properties;
}

ContentHeader decode_content_header(Bytes frame_payload) {
    const RawContentHeader raw = split_content_header(frame_payload);
    return {raw.class_id, raw.body_size, decode_properties(raw.properties)};
}

std::size_t encode_content_header(Buffer& buffer, std::uint16_t channel,
                                  const ContentHeader& header) {
    FrameWriter frame(buffer, FrameType::header, channel);
    Writer payload = frame.payload();
    payload.u16(header.class_id);
    payload.u16(0);
    payload.u64(header.body_size);

    std::uint16_t flags = 0;
    std::uint16_t flag = first_flag;
    const auto set_flag = [&](std::string_view, const auto& property) {
        if (property) flags = static_cast<std::uint16_t>(flags | flag);
        flag = static_cast<std::uint16_t>(flag >> 1);
    };
    Properties::fields(header.properties, set_flag);
    payload.u16(flags);

    FieldEncoder encoder(payload);
    Properties::fields(header.properties, [&](std::string_view name, const auto& property) {
        if (property) encoder(name, *property);
    });
    return frame.finish();
}

std::size_t encode_body(Buffer& buffer, std::uint16_t channel, Bytes body,
                        std::size_t max_frame_bytes) {
    if (max_frame_bytes <= frame_overhead_bytes) {
        throw std::invalid_argument("frames of " + std::to_string(max_frame_bytes) +
                                    " bytes have no room for a body");
    }
    const std::size_t max_payload_bytes = max_frame_bytes - frame_overhead_bytes;
    std::size_t total_bytes = 0;
    while (!body.empty()) {
        const Bytes part = body.first(std::min(body.size(), max_payload_bytes));
        FrameWriter frame(buffer, FrameType::body, channel);
        frame.payload().raw(part);
        total_bytes += frame.finish();
        body = body.subspan(part.size());
    }
    return total_bytes;
}

std::size_t encode_heartbeat(Buffer& buffer) {
    return FrameWriter(buffer, FrameType::heartbeat, 0).finish();
}

}  // namespace eventail::wire
