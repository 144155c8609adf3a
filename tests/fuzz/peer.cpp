// A client that sends anything, in any splits, to a broker with a queue and a consumer beside it.
// The bits of the first byte choose whether the client has logged in; whether it uses the smallest
// frames, with a message with a larger content header before it; and whether its channel has a
// transaction and a consumer of direct replies. The second byte chooses the splits.
#include "broker/peer/peer.hpp"

#include "wire/table.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace eventail;
using namespace std::chrono_literals;

void require(bool holds) {
    if (!holds) std::abort();
}

class Transport final : public broker::PeerTransport {
public:
    void output_is_ready() override {}
    void log(const std::string& line) override { require(line.size() < 2000); }
};

/// Takes some of the output, as a slow reader would.
void take_output(broker::Peer& peer, TimePoint now) {
    std::array<wire::Bytes, 4> views;
    const std::size_t count = peer.gather(views);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) bytes += views[i].size();
    if (bytes != 0) peer.written(bytes, now);
}

class Nobody final : public broker::Recipient {
public:
    void deliver(const broker::Delivery&) override {}
    void consumer_cancelled(std::uint16_t, std::string_view) override {}
};

void publish_large_header(broker::Core& core) {
    const std::string text(10'000, 'x');
    wire::Table headers;
    headers.set("text", std::string_view(text));
    wire::Buffer frame;
    wire::encode_content_header(frame, 1, {.properties = {.headers = headers.view()}});
    constexpr std::size_t before = wire::frame_header_bytes + wire::content_header_start_bytes;
    Nobody nobody;
    const auto connection = core.connect("guest", "/", nobody);
    broker::Channel& channel = connection->open_channel(1);
    channel.declare(wire::QueueDeclare{.queue = "q"});
    channel.publish(wire::BasicPublish{.routing_key = "q"},
                    frame.view().subspan(before, frame.size() - before - 1), {});
}

void log_in(broker::Peer& peer, std::size_t frame_max, bool has_transaction, TimePoint now) {
    wire::Buffer bytes;
    bytes.append(wire::protocol_header().bytes);
    wire::encode_method(bytes, 0,
                        wire::ConnectionStartOk{
                            .mechanism = "PLAIN",
                            .response = wire::as_bytes(std::string_view("\0guest\0guest", 12))});
    wire::encode_method(bytes, 0,
                        wire::ConnectionTuneOk{2047, static_cast<std::uint32_t>(frame_max), 60});
    wire::encode_method(bytes, 0, wire::ConnectionOpen{.virtual_host = "/"});
    wire::encode_method(bytes, 1, wire::ChannelOpen{});
    wire::encode_method(bytes, 1, wire::QueueDeclare{.queue = "q"});
    if (has_transaction) {
        wire::encode_method(bytes, 1, wire::TxSelect{});
        wire::encode_method(bytes, 1,
                            wire::BasicConsume{.queue = "amq.rabbitmq.reply-to", .no_ack = true});
    } else {
        wire::encode_method(bytes, 1, wire::ConfirmSelect{});
    }
    wire::encode_method(bytes, 1, wire::BasicConsume{.queue = "q"});
    peer.feed(bytes.view(), now);
    require(peer.is_open());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    TimePoint now(1h);
    broker::Core core(now);
    broker::PeerContext context{.core = core};
    Transport transport;
    {
        broker::Peer peer(context, transport, now);
        const bool is_small = (data[0] & 2U) != 0;
        if (is_small) publish_large_header(core);
        if (data[0] % 2 == 1) {
            const bool has_transaction = (data[0] & 4U) != 0;
            log_in(peer, is_small ? wire::min_frame_bytes : wire::default_frame_bytes,
                   has_transaction, now);
        }
        std::uint32_t step = data[1];

        wire::Bytes rest = std::as_bytes(std::span(data + 2, size - 2));
        while (!rest.empty() && !peer.is_finished()) {
            step = step * 1664525 + 1013904223;
            const std::size_t length = std::min<std::size_t>(1 + (step >> 24), rest.size());
            now += 1ms;
            core.tick(now);
            if (peer.wants_input()) {
                peer.feed(rest.first(length), now);
                rest = rest.subspan(length);
            }
            core.dispatch();
            peer.tick(now);
            take_output(peer, now);
            require(peer.output().size_bytes() <= 6 * context.options.pause_output_bytes);
        }

        // A client's bytes can make the broker hold only about this much.
        require(core.held_bytes() <= 400 * size + 100'000);
        require(context.unfinished_bytes <= size);
        now += 2h;
        core.tick(now);
        peer.tick(now);
        require(peer.is_finished() || !peer.next_deadline() || *peer.next_deadline() > now);
    }
    require(context.unfinished_bytes == 0);
    return 0;
}
