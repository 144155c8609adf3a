#include "limit/raw_client.hpp"
#include "limit/workloads.hpp"
#include "measurement.hpp"
#include "message.hpp"

#include <array>
#include <stdexcept>

namespace eventail::bench {
namespace {

/// Reads messages frame by frame, and puts each body straight into one place.
class LargeReader {
public:
    LargeReader(RawClient& client, std::size_t body_bytes) : client_(client) {
        body_.resize(body_bytes);
    }

    /// Waits until a message is complete, and returns its delivery tag.
    std::uint64_t next() {
        std::uint64_t tag = 0;
        for (std::size_t filled = 0; filled < body_.size();) {
            client_.read_exactly(head_);
            const auto type = static_cast<wire::FrameType>(head_[0]);
            const std::size_t size = wire::load_big_endian<std::uint32_t>(&head_[3]);
            if (type == wire::FrameType::body) {
                if (size > body_.size() - filled) throw std::runtime_error("too large a body");
                client_.read_exactly({body_.data() + filled, size});
                filled += size;
            } else {
                other_.resize(size);
                client_.read_exactly({other_.data(), size});
                // Class, method and the consumer tag "c" come before the delivery tag.
                if (type == wire::FrameType::method) {
                    tag = wire::load_big_endian<std::uint64_t>(other_.data() + 4 + 2);
                }
            }
            client_.read_exactly(end_);
        }
        return tag;
    }

private:
    RawClient& client_;
    wire::Buffer body_;
    wire::Buffer other_;
    std::array<std::byte, wire::frame_header_bytes> head_ = {};
    std::array<std::byte, 1> end_ = {};
};

}  // namespace

void limit_consume_large(const Arguments& arguments) {
    const std::uint64_t messages = arguments.number("messages", 100);
    const std::uint64_t warm_up = arguments.number("warm-up", messages / 10);
    RawClient client(static_cast<std::uint16_t>(arguments.number("port", 5672)));
    const std::string queue = arguments.text("queue", "bench.events");
    client.declare_exchange(event_exchange);
    client.declare_queue(queue, event_exchange, event_name);
    client.consume(queue, static_cast<std::uint16_t>(arguments.number("prefetch", 3)));

    LargeReader reader(client, arguments.number("body-bytes", 0));
    Measurement measurement;
    wire::Buffer ack;
    for (std::uint64_t received = 0; received < warm_up + messages; ++received) {
        if (received == warm_up) measurement.begin();
        ack.clear();
        wire::encode_method(ack, RawClient::channel,
                            wire::BasicAck{.delivery_tag = reader.next(), .multiple = true});
        client.write(ack.view());
    }
    measurement.end();
    measurement.print(messages);
}

}  // namespace eventail::bench
