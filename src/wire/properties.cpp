#include "wire/properties.hpp"

#include "wire/field_codec.hpp"
#include "wire/frame_writer.hpp"
#include "wire/protocol_error.hpp"
#include "wire/publication.hpp"
#include "wire/raw_writer.hpp"

#include <string>

namespace eventail::wire {

namespace {

constexpr std::uint16_t basic_class = 60;
constexpr std::uint16_t first_flag = 0x8000;
constexpr std::uint16_t flags_of_no_property = 0x0003;

[[noreturn]] void refuse(const std::string& text) {
    throw ProtocolError(ReplyCode::syntax_error, "content header: " + text);
}

template <typename AnyWriter>
void write_header(AnyWriter& writer, const ContentHeader& header) {
    writer.u16(header.class_id);
    writer.u16(0);
    writer.u64(header.body_size);

    std::uint16_t flags = 0;
    std::uint16_t flag = first_flag;
    const auto set_flag = [&](std::string_view, const auto& property) {
        if (property) flags = static_cast<std::uint16_t>(flags | flag);
        flag = static_cast<std::uint16_t>(flag >> 1);
    };
    Properties::fields(header.properties, set_flag);
    writer.u16(flags);

    FieldEncoder encoder(writer);
    Properties::fields(header.properties, [&](std::string_view name, const auto& property) {
        if (property) encoder(name, *property);
    });
}

}  // namespace

RawContentHeader split_content_header(Bytes frame_payload) {
    if (frame_payload.size() < content_header_start_bytes) refuse("cut short");
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

std::size_t content_header_bytes(const ContentHeader& header) {
    ByteCounter counter;
    write_header(counter, header);
    return counter.count();
}

std::byte* write_content_header(std::byte* out, const ContentHeader& header) {
    RawWriter writer(out);
    write_header(writer, header);
    return writer.position();
}

std::size_t encode_content_header(Buffer& buffer, std::uint16_t channel,
                                  const ContentHeader& header) {
    const std::size_t size_bytes = content_header_bytes(header);
    FrameWriter frame(buffer, FrameType::header, channel);
    write_content_header(buffer.grow(size_bytes), header);
    return frame.finish();
}

std::size_t encode_body(Buffer& buffer, std::uint16_t channel, Bytes body,
                        std::size_t max_frame_bytes) {
    const std::size_t size_bytes = body_frames_bytes(body.size(), max_frame_bytes);
    write_body_frames(buffer.grow(size_bytes), channel, body, max_frame_bytes);
    return size_bytes;
}

std::size_t encode_heartbeat(Buffer& buffer) {
    return FrameWriter(buffer, FrameType::heartbeat, 0).finish();
}

}  // namespace eventail::wire
