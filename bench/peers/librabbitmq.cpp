// The same workloads with librabbitmq, used as in its own examples: blocking, every message
// acknowledged individually, nothing decoded.
//
// usage: librabbitmq publish|consume|caller|callee|connect --port N [--name value]...
#include "arguments.hpp"
#include "latencies.hpp"
#include "measurement.hpp"
#include "message.hpp"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>

namespace eventail::bench {
namespace {

constexpr amqp_channel_t channel = 1;

amqp_bytes_t bytes_of(std::string_view text) {
    return {text.size(), const_cast<char*>(text.data())};
}

void expect(bool is_good, const char* what) {
    if (!is_good) throw std::runtime_error(what);
}

class Client {
public:
    explicit Client(const Arguments& arguments) : connection_(amqp_new_connection()) {
        amqp_socket_t* const socket = amqp_tcp_socket_new(connection_);
        const int port = static_cast<int>(arguments.number("port", 5672));
        expect(amqp_socket_open(socket, "127.0.0.1", port) == AMQP_STATUS_OK, "connect");
        const amqp_rpc_reply_t reply = amqp_login(connection_, "/", 0, AMQP_DEFAULT_FRAME_SIZE, 0,
                                                  AMQP_SASL_METHOD_PLAIN, "guest", "guest");
        expect(reply.reply_type == AMQP_RESPONSE_NORMAL, "login");
        amqp_channel_open(connection_, channel);
        check("channel.open");
    }
    ~Client() { amqp_destroy_connection(connection_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void close() { amqp_connection_close(connection_, AMQP_REPLY_SUCCESS); }

    void declare_exchange(std::string_view name) {
        amqp_exchange_declare(connection_, channel, bytes_of(name), bytes_of("topic"), 0, 1, 0, 0,
                              amqp_empty_table);
        check("exchange.declare");
    }
    void declare_queue(std::string_view name, std::string_view exchange, std::string_view key) {
        amqp_queue_declare(connection_, channel, bytes_of(name), 0, 1, 0, 0, amqp_empty_table);
        check("queue.declare");
        amqp_queue_bind(connection_, channel, bytes_of(name), bytes_of(exchange), bytes_of(key),
                        amqp_empty_table);
        check("queue.bind");
    }
    void confirm_select() {
        amqp_confirm_select(connection_, channel);
        check("confirm.select");
    }
    void consume(std::string_view queue, std::uint64_t prefetch_count) {
        amqp_basic_qos(connection_, channel, 0, static_cast<std::uint16_t>(prefetch_count), 0);
        check("basic.qos");
        amqp_basic_consume(connection_, channel, bytes_of(queue), amqp_empty_bytes, 0, 0, 0,
                           amqp_empty_table);
        check("basic.consume");
    }

    void publish(std::string_view exchange, std::string_view key, amqp_bytes_t body,
                 const amqp_basic_properties_t& properties) {
        const int status = amqp_basic_publish(connection_, channel, bytes_of(exchange),
                                              bytes_of(key), 0, 0, &properties, body);
        expect(status == AMQP_STATUS_OK, "basic.publish");
    }

    /// Waits for the next delivery. Call done_with() afterwards.
    amqp_envelope_t next() {
        amqp_envelope_t envelope;
        for (;;) {
            amqp_maybe_release_buffers(connection_);
            const amqp_rpc_reply_t reply = amqp_consume_message(connection_, &envelope, nullptr, 0);
            if (reply.reply_type == AMQP_RESPONSE_NORMAL) return envelope;
            expect(reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
                       reply.library_error == AMQP_STATUS_UNEXPECTED_STATE,
                   "consume");
            // A confirm may come between deliveries.
            amqp_frame_t frame;
            expect(amqp_simple_wait_frame(connection_, &frame) == AMQP_STATUS_OK, "read");
        }
    }
    void done_with(amqp_envelope_t& envelope) {
        amqp_basic_ack(connection_, channel, envelope.delivery_tag, 0);
        amqp_destroy_envelope(&envelope);
    }

    /// Waits for one confirm and returns the message up to which everything is confirmed.
    std::uint64_t next_confirm() {
        amqp_frame_t frame;
        expect(amqp_simple_wait_frame(connection_, &frame) == AMQP_STATUS_OK, "read");
        expect(frame.frame_type == AMQP_FRAME_METHOD &&
                   frame.payload.method.id == AMQP_BASIC_ACK_METHOD,
               "expected a confirm");
        const std::uint64_t tag =
            static_cast<amqp_basic_ack_t*>(frame.payload.method.decoded)->delivery_tag;
        amqp_maybe_release_buffers(connection_);
        return tag;
    }

private:
    void check(const char* what) {
        if (amqp_get_rpc_reply(connection_).reply_type != AMQP_RESPONSE_NORMAL) {
            throw std::runtime_error(what);
        }
    }

    amqp_connection_state_t connection_;
};

/// Persistent, with one header.
struct Content {
    explicit Content(std::size_t body_bytes = small_body_bytes) : body(encoded_body(body_bytes)) {
        header.key = bytes_of("conversation_id");
        header.value.kind = AMQP_FIELD_KIND_UTF8;
        header.value.value.bytes = bytes_of(conversation_id);
        properties._flags =
            AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
        properties.content_type = bytes_of(content_type);
        properties.headers = {1, &header};
        properties.delivery_mode = 2;
    }
    Content(const Content&) = delete;
    Content& operator=(const Content&) = delete;
    amqp_bytes_t bytes() const { return {body.size(), const_cast<std::byte*>(body.data())}; }

    wire::Buffer body;
    amqp_table_entry_t header = {};
    amqp_basic_properties_t properties = {};
};

void publish(const Arguments& arguments) {
    const std::uint64_t messages = arguments.number("messages", 100'000);
    const std::uint64_t warm_up = arguments.number("warm-up", messages / 10);
    const std::uint64_t window = arguments.number("window", 1000);
    const Content content(arguments.number("body-bytes", small_body_bytes));
    Client client(arguments);
    client.declare_exchange(event_exchange);
    client.confirm_select();
    Measurement measurement;
    std::uint64_t confirmed = 0;
    for (std::uint64_t sent = 0; sent < warm_up + messages; ++sent) {
        if (sent == warm_up) measurement.begin();
        while (sent - confirmed >= window) confirmed = std::max(confirmed, client.next_confirm());
        client.publish(event_exchange, event_name, content.bytes(), content.properties);
    }
    while (confirmed < warm_up + messages) confirmed = std::max(confirmed, client.next_confirm());
    measurement.end();
    measurement.print(messages);
}

void consume(const Arguments& arguments) {
    const std::uint64_t messages = arguments.number("messages", 100'000);
    const std::uint64_t warm_up = arguments.number("warm-up", messages / 10);
    Client client(arguments);
    client.declare_exchange(event_exchange);
    client.declare_queue("bench.events", event_exchange, event_name);
    client.consume("bench.events", arguments.number("prefetch", 3));
    Measurement measurement;
    for (std::uint64_t received = 0; received < warm_up + messages; ++received) {
        if (received == warm_up) measurement.begin();
        amqp_envelope_t envelope = client.next();
        client.done_with(envelope);
    }
    measurement.end();
    measurement.print(messages);
}

void caller(const Arguments& arguments) {
    const std::uint64_t messages = arguments.number("messages", 20'000);
    const std::uint64_t warm_up = arguments.number("warm-up", messages / 10);
    const std::uint64_t outstanding = arguments.number("outstanding", 64);
    Content content;
    content.properties._flags |= AMQP_BASIC_REPLY_TO_FLAG | AMQP_BASIC_CORRELATION_ID_FLAG;
    content.properties.reply_to = bytes_of("caller.OrderPlacedReturn");
    content.properties.correlation_id = bytes_of(conversation_id);
    Client client(arguments);
    client.declare_exchange(command_exchange);
    client.declare_queue("caller.commands", command_exchange, "caller.OrderPlacedReturn");
    client.confirm_select();
    client.consume("caller.commands", arguments.number("prefetch", 1000));
    Latencies latencies(outstanding == 1 ? messages : 0);
    Measurement measurement;
    std::uint64_t sent = 0;
    for (std::uint64_t answered = 0; answered < warm_up + messages; ++answered) {
        if (answered == warm_up) measurement.begin();
        for (; sent < warm_up + messages && sent < answered + outstanding; ++sent) {
            latencies.start();
            client.publish(command_exchange, "callee.PlaceOrder", content.bytes(),
                           content.properties);
        }
        amqp_envelope_t envelope = client.next();
        if (measurement.has_begun()) latencies.stop();
        client.done_with(envelope);
    }
    measurement.end();
    measurement.print(messages, {{"p50_us", latencies.quantile_us(0.5)},
                                 {"p99_us", latencies.quantile_us(0.99)}});
}

void callee(const Arguments& arguments) {
    Content content;
    content.properties._flags |= AMQP_BASIC_CORRELATION_ID_FLAG;
    Client client(arguments);
    client.declare_exchange(command_exchange);
    client.declare_queue("callee.commands", command_exchange, "callee.PlaceOrder");
    client.confirm_select();
    client.consume("callee.commands", arguments.number("prefetch", 1000));
    std::puts("ready");
    std::fflush(stdout);
    for (;;) {
        amqp_envelope_t envelope = client.next();
        const amqp_basic_properties_t& asked = envelope.message.properties;
        content.properties.correlation_id = asked.correlation_id;
        client.publish(command_exchange,
                       {static_cast<const char*>(asked.reply_to.bytes), asked.reply_to.len},
                       content.bytes(), content.properties);
        client.done_with(envelope);
    }
}

/// Makes a service's declarations, one request after the other, on one connection.
void connect(const Arguments& arguments) {
    const std::uint64_t count = arguments.number("messages", 50);
    Latencies latencies(count);
    Measurement measurement;
    measurement.begin();
    for (std::uint64_t i = 0; i < count; ++i) {
        latencies.start();
        Client client(arguments);
        for (const char* exchange : {"events", "commands", "configurations", "logs"}) {
            client.declare_exchange(exchange);
        }
        client.declare_queue("bench.events", "events", "NeverHappens");
        client.declare_queue("bench.commands", "commands", "bench.NeverSent");
        client.confirm_select();
        client.consume("bench.events", 3);
        client.consume("bench.commands", 3);
        latencies.stop();
        client.close();
    }
    measurement.end();
    measurement.print(count, {{"p50_us", latencies.quantile_us(0.5)}});
}

}  // namespace
}  // namespace eventail::bench

int main(int argc, char** argv) {
    using namespace eventail::bench;
    static const std::map<std::string_view, void (*)(const Arguments&)> workloads = {
        {"publish", publish}, {"consume", consume}, {"caller", caller},
        {"callee", callee},   {"connect", connect},
    };
    try {
        const auto workload = workloads.find(argc > 1 ? argv[1] : "");
        if (workload == workloads.end()) throw std::invalid_argument("which workload?");
        workload->second(Arguments(argc - 2, argv + 2));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "librabbitmq: %s\n", error.what());
        return 1;
    }
}
