#include "latencies.hpp"
#include "limit/raw_client.hpp"
#include "limit/workloads.hpp"
#include "measurement.hpp"
#include "message.hpp"

#include <algorithm>
#include <cstdio>

namespace eventail::bench {
namespace {

/// The message that both ends send, ready for the wire.
wire::Buffer prepared_message(const RawClient& client, std::string_view routing_key) {
    wire::Buffer message;
    wire::encode_method(
        message, RawClient::channel,
        wire::BasicPublish{.exchange = command_exchange, .routing_key = routing_key});
    append_content(message, RawClient::channel, encoded_body().view(), client.max_frame_bytes());
    return message;
}

/// Counts the deliveries of one read; ignores confirms.
std::uint64_t read_deliveries(RawClient& client, std::size_t& skipped_bytes,
                              std::uint64_t& last_tag) {
    std::uint64_t count = 0;
    client.keep(for_each_frame(
        client.read(), skipped_bytes, [&](wire::FrameType type, wire::Bytes payload) {
            if (type != wire::FrameType::method ||
                method_number(payload) != number_of<wire::BasicDeliver>) {
                return;
            }
            last_tag = wire::load_big_endian<std::uint64_t>(payload.data() + 6);
            ++count;
        }));
    return count;
}

void append_copies(wire::Buffer& output, const wire::Buffer& message, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) output.append(message.view());
}

}  // namespace

void limit_caller(const Arguments& arguments) {
    const std::uint64_t messages = arguments.number("messages", 100'000);
    const std::uint64_t warm_up = arguments.number("warm-up", messages / 10);
    const std::uint64_t outstanding = arguments.number("outstanding", 64);
    RawClient client(static_cast<std::uint16_t>(arguments.number("port", 5672)));
    client.declare_exchange(command_exchange);
    client.declare_queue("caller.commands", command_exchange, "caller.OrderPlacedReturn");
    client.request(wire::ConfirmSelect{});
    client.consume("caller.commands", 1000);

    const wire::Buffer command = prepared_message(client, "callee.PlaceOrder");
    wire::Buffer output;
    Latencies latencies(outstanding == 1 ? messages : 0);
    Measurement measurement;
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;
    std::uint64_t last_tag = 0;
    std::size_t skipped_bytes = 0;
    while (answered < warm_up + messages) {
        if (!measurement.has_begun() && answered >= warm_up) measurement.begin();
        const std::uint64_t room =
            std::min(outstanding - (sent - answered), warm_up + messages - sent);
        append_copies(output, command, room);
        sent += room;
        latencies.start();
        if (!output.empty()) client.write(output.view());
        output.clear();
        const std::uint64_t count = read_deliveries(client, skipped_bytes, last_tag);
        if (count == 0) continue;
        answered += count;
        if (measurement.has_begun()) latencies.stop();
        wire::encode_method(output, RawClient::channel,
                            wire::BasicAck{.delivery_tag = last_tag, .multiple = true});
    }
    measurement.end();
    measurement.print(messages, {{"p50_us", latencies.quantile_us(0.5)},
                                 {"p99_us", latencies.quantile_us(0.99)}});
}

void limit_callee(const Arguments& arguments) {
    RawClient client(static_cast<std::uint16_t>(arguments.number("port", 5672)));
    client.declare_exchange(command_exchange);
    client.declare_queue("callee.commands", command_exchange, "callee.PlaceOrder");
    client.request(wire::ConfirmSelect{});
    client.consume("callee.commands", 1000);
    std::puts("ready");
    std::fflush(stdout);

    const wire::Buffer result = prepared_message(client, "caller.OrderPlacedReturn");
    wire::Buffer output;
    std::uint64_t last_tag = 0;
    std::size_t skipped_bytes = 0;
    for (;;) {
        const std::uint64_t count = read_deliveries(client, skipped_bytes, last_tag);
        if (count == 0) continue;
        output.clear();
        append_copies(output, result, count);
        wire::encode_method(output, RawClient::channel,
                            wire::BasicAck{.delivery_tag = last_tag, .multiple = true});
        client.write(output.view());
    }
}

}  // namespace eventail::bench
