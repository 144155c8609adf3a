#include "counts/order.hpp"

#include "bus/envelope.hpp"
#include "bus/publisher.hpp"

#include <stdexcept>

namespace eventail::counts {

Payload order_payload() {
    const Order order;
    Payload payload;
    bench::with_list(order, [&payload](Value&& list) { payload = Payload(std::move(list)); });
    if (payload.size() != 9 || payload.cbor().size() != 256) {
        throw std::logic_error("the order has " + std::to_string(payload.size()) + " fields in " +
                               std::to_string(payload.cbor().size()) + " bytes");
    }
    return payload;
}

wire::Buffer order_frames() {
    const Payload payload = order_payload();
    wire::Buffer frames;
    bus::encode_message(frames, bus::Publisher::confirm_channel,
                        {.kind = bus::Kind::event,
                         .name = order_name,
                         .conversation_id = conversation_id,
                         .message_id = "0123456789abcdef-1000000",
                         .timestamp = 1'700'000'000,
                         .app_id = logical_service},
                        payload.bytes(), bus::Publisher::message_frame_bytes);
    return frames;
}

}  // namespace eventail::counts
