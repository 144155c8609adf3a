#include "limit/raw_client.hpp"
#include "limit/workloads.hpp"
#include "message.hpp"

#include <cstdio>

namespace eventail::bench {

void limit_body(const Arguments& arguments) {
    const wire::Buffer body = encoded_body(arguments.number("body-bytes", small_body_bytes));
    std::fwrite(body.data(), 1, body.size(), stdout);
}

void limit_prepare(const Arguments& arguments) {
    RawClient client(static_cast<std::uint16_t>(arguments.number("port", 5672)));
    const std::string queue = arguments.text("queue", "bench.events");
    client.declare_exchange(event_exchange);
    client.declare_queue(queue, event_exchange, event_name);
    client.request(wire::QueuePurge{.queue = queue});
}

}  // namespace eventail::bench
