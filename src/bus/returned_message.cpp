#include "bus/returned_message.hpp"

#include "bus/interpret.hpp"
#include "wire/frame.hpp"
#include "wire/methods.hpp"
#include "wire/properties.hpp"

#include <limits>
#include <string>

namespace eventail::bus {

ReturnedMessage read_back(wire::Bytes frames, std::uint16_t reply_code, std::string_view reply_text,
                          const PayloadLimits& limits) {
    amqp::Returned returned{.reply_code = reply_code, .reply_text = reply_text};
    wire::Buffer body;
    wire::FrameReader reader(std::numeric_limits<std::uint32_t>::max());
    // All frames are complete: their views live as long as `frames`.
    reader.feed(frames);
    while (const std::optional<wire::Frame> frame = reader.next()) {
        if (frame->type == wire::FrameType::method) {
            const auto publish = wire::decode_as<wire::BasicPublish>(frame->payload);
            returned.exchange = publish.exchange;
            returned.routing_key = publish.routing_key;
        } else if (frame->type == wire::FrameType::header) {
            returned.properties = wire::decode_content_header(frame->payload).properties;
        } else {
            body.append(frame->payload);
        }
    }
    returned.body = body.view();
    return interpret_returned(returned, limits);
}

Route route_of(wire::Bytes frames) {
    wire::FrameReader reader(std::numeric_limits<std::uint32_t>::max());
    reader.feed(frames);
    const std::optional<wire::Frame> frame = reader.next();
    if (!frame) return {};
    const auto publish = wire::decode_as<wire::BasicPublish>(frame->payload);
    return {.exchange = publish.exchange, .key = publish.routing_key};
}

}  // namespace eventail::bus
