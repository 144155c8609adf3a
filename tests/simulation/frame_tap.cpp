#include "simulation/frame_tap.hpp"

#include "wire/methods.hpp"
#include "wire/properties.hpp"

#include <stdexcept>
#include <utility>

namespace eventail::simulation {
namespace {

constexpr std::size_t kept_bytes = 64;

bool is(wire::MethodId id, wire::MethodId other) {
    return id.class_id == other.class_id && id.method_id == other.method_id;
}

}  // namespace

void FrameTap::feed(wire::Bytes bytes, std::vector<Sighting>& sightings) {
    reader_.feed(bytes);
    while (const auto frame = reader_.next()) {
        position_ += frame->payload.size() + wire::frame_overhead_bytes;
        see(*frame, sightings);
    }
}

void FrameTap::see(const wire::Frame& frame, std::vector<Sighting>& sightings) {
    if (frame.type == wire::FrameType::heartbeat) return;
    if (frame.type == wire::FrameType::method) return see_method(frame, sightings);
    if (frame.channel >= std::size(contents_) || !contents_[frame.channel]) {
        throw std::runtime_error("content without its method");
    }
    Content& content = *contents_[frame.channel];
    if (frame.type == wire::FrameType::header) {
        const wire::ContentHeader header = wire::decode_content_header(frame.payload);
        content.missing_bytes = header.body_size;
        content.sighting.message_id = header.properties.message_id.value_or("");
    } else {
        std::string& start = content.sighting.start_of_body;
        start +=
            wire::as_text(frame.payload).substr(0, kept_bytes - std::min(kept_bytes, start.size()));
        content.missing_bytes -= frame.payload.size();
    }
    if (content.missing_bytes > 0) return;
    content.sighting.end = position_;
    sightings.push_back(std::move(content.sighting));
    contents_[frame.channel].reset();
}

void FrameTap::see_method(const wire::Frame& frame, std::vector<Sighting>& sightings) {
    const wire::MethodId id = wire::peek_method_id(frame.payload);
    Sighting seen{.channel = frame.channel, .end = position_};
    using What = Sighting::What;
    bool has_content = false;
    if (frame.channel < std::size(contents_) && contents_[frame.channel]) {
        throw std::runtime_error("a method amid content");
    }
    if (is(id, wire::BasicPublish::id)) {
        const auto method = wire::decode_as<wire::BasicPublish>(frame.payload);
        seen.what = What::publish;
        seen.exchange = method.exchange;
        seen.name = method.routing_key;
        seen.is_flagged = method.mandatory;
        has_content = true;
    } else if (is(id, wire::BasicDeliver::id)) {
        const auto method = wire::decode_as<wire::BasicDeliver>(frame.payload);
        seen.what = What::deliver;
        seen.name = method.consumer_tag;
        seen.tag = method.delivery_tag;
        seen.is_flagged = method.redelivered;
        has_content = true;
    } else if (is(id, wire::BasicReturn::id)) {
        seen.what = What::returned;
        has_content = true;
    } else if (is(id, wire::BasicAck::id)) {
        const auto method = wire::decode_as<wire::BasicAck>(frame.payload);
        seen.what = What::settle;
        seen.is_ack = true;
        seen.tag = method.delivery_tag;
        seen.is_multiple = method.multiple;
    } else if (is(id, wire::BasicNack::id)) {
        const auto method = wire::decode_as<wire::BasicNack>(frame.payload);
        seen.what = What::settle;
        seen.tag = method.delivery_tag;
        seen.is_multiple = method.multiple;
        seen.is_requeued = method.requeue;
    } else if (is(id, wire::BasicReject::id)) {
        const auto method = wire::decode_as<wire::BasicReject>(frame.payload);
        seen.what = What::settle;
        seen.tag = method.delivery_tag;
        seen.is_requeued = method.requeue;
    } else if (is(id, wire::BasicCancel::id)) {
        seen.what = What::cancel;
        seen.name = wire::decode_as<wire::BasicCancel>(frame.payload).consumer_tag;
    } else if (is(id, wire::ChannelOpen::id)) {
        seen.what = What::channel_open;
    } else if (is(id, wire::ChannelClose::id)) {
        const auto method = wire::decode_as<wire::ChannelClose>(frame.payload);
        seen.what = What::channel_close;
        seen.code = method.reply_code;
        seen.name = method.reply_text;
    } else if (is(id, wire::ChannelCloseOk::id)) {
        seen.what = What::channel_close_ok;
    } else if (is(id, wire::ConnectionClose::id)) {
        const auto method = wire::decode_as<wire::ConnectionClose>(frame.payload);
        seen.what = What::connection_close;
        seen.code = method.reply_code;
        seen.name = method.reply_text;
    } else {
        return;
    }
    if (!has_content) {
        sightings.push_back(std::move(seen));
    } else if (frame.channel < std::size(contents_)) {
        contents_[frame.channel] = Content{.sighting = std::move(seen)};
    } else {
        throw std::runtime_error("content on a channel that nobody uses");
    }
}

}  // namespace eventail::simulation
