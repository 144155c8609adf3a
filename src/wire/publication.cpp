#include "wire/publication.hpp"

#include "wire/field_codec.hpp"
#include "wire/frame.hpp"
#include "wire/raw_writer.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace eventail::wire {
namespace {

template <typename AnyWriter>
void begin_frame(AnyWriter& writer, FrameType type, std::uint16_t channel,
                 std::size_t payload_bytes) {
    writer.u8(static_cast<std::uint8_t>(type));
    writer.u16(channel);
    writer.u32(static_cast<std::uint32_t>(payload_bytes));
}

template <typename AnyWriter>
void end_frame(AnyWriter& writer) {
    writer.u8(frame_end);
}

template <typename AnyWriter>
void write_method(AnyWriter& writer, const BasicPublish& publish) {
    writer.u16(BasicPublish::id.class_id);
    writer.u16(BasicPublish::id.method_id);
    FieldEncoder encoder(writer);
    BasicPublish::fields(publish, encoder);
    encoder.finish();
}

}  // namespace

PublicationHead::PublicationHead(std::uint16_t channel, const BasicPublish& publish,
                                 const ContentHeader& header)
    : channel_(channel), publish_(publish), header_(header) {
    ByteCounter counter;
    write_method(counter, publish);
    publish_bytes_ = counter.count() + frame_overhead_bytes;
    header_bytes_ = content_header_bytes(header) + frame_overhead_bytes;
}

std::byte* PublicationHead::write(std::byte* out) const {
    RawWriter writer(out);
    begin_frame(writer, FrameType::method, channel_, publish_bytes_ - frame_overhead_bytes);
    write_method(writer, publish_);
    end_frame(writer);
    begin_frame(writer, FrameType::header, channel_, header_bytes_ - frame_overhead_bytes);
    writer = RawWriter(write_content_header(writer.position(), header_));
    end_frame(writer);
    return writer.position();
}

std::size_t body_frames_bytes(std::size_t body_bytes, std::size_t max_frame_bytes) {
    if (max_frame_bytes <= frame_overhead_bytes) {
        throw std::invalid_argument("frames of " + std::to_string(max_frame_bytes) +
                                    " bytes have no room for a body");
    }
    const std::size_t max_payload_bytes = max_frame_bytes - frame_overhead_bytes;
    const std::size_t frames = (body_bytes + max_payload_bytes - 1) / max_payload_bytes;
    return body_bytes + frames * frame_overhead_bytes;
}

std::byte* write_body_frames(std::byte* out, std::uint16_t channel, Bytes body,
                             std::size_t max_frame_bytes) {
    RawWriter writer(out);
    while (!body.empty()) {
        const Bytes part =
            body.first(std::min(body.size(), max_frame_bytes - frame_overhead_bytes));
        begin_frame(writer, FrameType::body, channel, part.size());
        writer.raw(part);
        end_frame(writer);
        body = body.subspan(part.size());
    }
    return writer.position();
}

void encode_body_head(Buffer& buffer, std::uint16_t channel, std::size_t payload_bytes) {
    Writer writer(buffer);
    begin_frame(writer, FrameType::body, channel, payload_bytes);
}

void encode_frame_end(Buffer& buffer) {
    Writer writer(buffer);
    end_frame(writer);
}

}  // namespace eventail::wire
