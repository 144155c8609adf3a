#include "limit/raw_client.hpp"
#include "limit/workloads.hpp"
#include "measurement.hpp"
#include "message.hpp"

#include <algorithm>

namespace eventail::bench {

void limit_publish(const Arguments& arguments) {
    const std::uint64_t messages = arguments.number("messages", 1'000'000);
    const std::uint64_t warm_up = arguments.number("warm-up", messages / 10);
    const std::uint64_t window = arguments.number("window", 1000);
    RawClient client(static_cast<std::uint16_t>(arguments.number("port", 5672)));
    client.declare_exchange(event_exchange);
    client.request(wire::ConfirmSelect{});

    wire::Buffer message;
    wire::encode_method(message, RawClient::channel,
                        wire::BasicPublish{.exchange = event_exchange, .routing_key = event_name});
    append_content(message, RawClient::channel,
                   encoded_body(arguments.number("body-bytes", small_body_bytes)).view(),
                   client.max_frame_bytes(),
                   arguments.text("properties", "least") == "as-services" ? Properties::as_services
                                                                          : Properties::least);
    const std::uint64_t copies = std::clamp<std::uint64_t>((1 << 20) / message.size(), 1, window);
    wire::Buffer prepared;
    for (std::uint64_t i = 0; i < copies; ++i) prepared.append(message.view());

    Measurement measurement;
    std::uint64_t sent = 0;
    std::uint64_t confirmed = 0;
    std::size_t skipped_bytes = 0;
    while (confirmed < warm_up + messages) {
        if (!measurement.has_begun() && sent >= warm_up) measurement.begin();
        const std::uint64_t end = measurement.has_begun() ? warm_up + messages : warm_up;
        const std::uint64_t room = std::min(window - (sent - confirmed), end - sent);
        for (std::uint64_t left = room; left > 0;) {
            const std::uint64_t count = std::min(left, copies);
            client.write(prepared.view().first(count * message.size()));
            left -= count;
        }
        sent += room;
        client.keep(for_each_frame(
            client.read(), skipped_bytes, [&](wire::FrameType type, wire::Bytes payload) {
                if (type != wire::FrameType::method) return;
                const auto tag = wire::load_big_endian<std::uint64_t>(payload.data() + 4);
                // At most one queue takes these, so they are confirmed in order, singly or not.
                confirmed = std::max(confirmed, tag);
            }));
    }
    measurement.end();
    measurement.print(messages);
}

}  // namespace eventail::bench
