#include "limit/raw_client.hpp"
#include "limit/workloads.hpp"
#include "measurement.hpp"
#include "message.hpp"

#include <algorithm>

namespace eventail::bench {

void limit_consume(const Arguments& arguments) {
    if (arguments.number("body-bytes", small_body_bytes) != small_body_bytes) {
        return limit_consume_large(arguments);
    }
    const std::uint64_t messages = arguments.number("messages", 1'000'000);
    const std::uint64_t warm_up = arguments.number("warm-up", messages / 10);
    const std::uint64_t prefetch_count = arguments.number("prefetch", 1000);
    const std::uint64_t batch = std::clamp<std::uint64_t>(prefetch_count / 2, 1, 64);
    RawClient client(static_cast<std::uint16_t>(arguments.number("port", 5672)));
    const std::string queue = arguments.text("queue", "bench.events");
    client.declare_exchange(event_exchange);
    client.declare_queue(queue, event_exchange, event_name);

    wire::Buffer ack;
    wire::encode_method(ack, RawClient::channel, wire::BasicAck{.multiple = true});
    constexpr std::size_t tag_in_ack = wire::frame_header_bytes + 4;
    // Class, method and the consumer tag "c" come before the delivery tag.
    constexpr std::size_t tag_in_delivery = 4 + 2;

    Measurement measurement;
    std::uint64_t received = 0;
    std::uint64_t acknowledged = 0;
    std::size_t skipped_bytes = 0;
    client.consume(queue, static_cast<std::uint16_t>(prefetch_count));
    while (acknowledged < warm_up + messages) {
        client.keep(for_each_frame(
            client.read(), skipped_bytes, [&](wire::FrameType type, wire::Bytes payload) {
                if (type == wire::FrameType::method) {
                    received =
                        wire::load_big_endian<std::uint64_t>(payload.data() + tag_in_delivery);
                }
            }));
        // An incomplete message is acknowledged with the next ones.
        const std::uint64_t whole = received - (skipped_bytes > 0 ? 1 : 0);
        if (whole - acknowledged >= batch) {
            acknowledged = whole;
            wire::store_big_endian(ack.data() + tag_in_ack, acknowledged);
            client.write(ack.view());
        }
        if (!measurement.has_begun() && acknowledged >= warm_up) measurement.begin();
    }
    measurement.end();
    measurement.print(messages);
}

}  // namespace eventail::bench
