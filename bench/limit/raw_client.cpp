#include "limit/raw_client.hpp"

#include "wire/properties.hpp"
#include "wire/table.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace eventail::bench {
namespace {

constexpr std::size_t read_bytes = 512 * 1024;

}  // namespace

RawClient::RawClient(std::uint16_t port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        throw std::system_error(errno, std::generic_category(), "connect");
    }
    const int yes = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);

    write(wire::protocol_header().bytes);
    read_method();
    wire::Table capabilities;
    capabilities.set("publisher_confirms", true).set("basic.nack", true);
    wire::Table properties;
    properties.set("product", "limit").set("capabilities", capabilities.view());
    wire::Buffer bytes;
    wire::encode_method(bytes, 0,
                        wire::ConnectionStartOk{.client_properties = properties.view(),
                                                .mechanism = "PLAIN",
                                                .response = wire::as_bytes({"\0guest\0guest", 12}),
                                                .locale = "en_US"});
    write(bytes.view());
    const auto tune = wire::decode_as<wire::ConnectionTune>(read_method());
    max_frame_bytes_ = tune.frame_max;
    bytes.clear();
    wire::encode_method(
        bytes, 0,
        wire::ConnectionTuneOk{.channel_max = tune.channel_max, .frame_max = tune.frame_max});
    wire::encode_method(bytes, 0, wire::ConnectionOpen{.virtual_host = "/"});
    write(bytes.view());
    read_method();
    request(wire::ChannelOpen{});
}

RawClient::~RawClient() { ::close(socket_); }

void RawClient::declare_exchange(std::string_view name) {
    request(wire::ExchangeDeclare{.exchange = name, .type = "topic", .durable = true});
}

void RawClient::declare_queue(std::string_view name, std::string_view exchange,
                              std::string_view routing_key) {
    request(wire::QueueDeclare{.queue = name, .durable = true});
    request(wire::QueueBind{.queue = name, .exchange = exchange, .routing_key = routing_key});
}

void RawClient::consume(std::string_view queue, std::uint16_t prefetch_count) {
    request(wire::BasicQos{.prefetch_count = prefetch_count});
    request(wire::BasicConsume{.queue = queue, .consumer_tag = "c"});
}

void RawClient::write(wire::Bytes bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) throw std::system_error(errno, std::generic_category(), "send");
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

wire::Bytes RawClient::read() {
    if (std::exchange(has_unseen_, false)) {
        return input_.view().last(std::exchange(kept_bytes_, 0));
    }
    const std::size_t start = input_.size() - kept_bytes_;
    input_.reserve(kept_bytes_ + read_bytes);
    std::memmove(input_.data(), input_.data() + start, kept_bytes_);
    const ssize_t count = ::recv(socket_, input_.data() + kept_bytes_, read_bytes, 0);
    if (count <= 0) throw std::runtime_error("the broker closed the connection");
    input_.resize(kept_bytes_ + static_cast<std::size_t>(count));
    kept_bytes_ = 0;
    return input_.view();
}

void RawClient::read_exactly(std::span<std::byte> place) {
    const wire::Bytes kept = input_.view().last(kept_bytes_);
    const std::size_t taken = std::min(kept.size(), place.size());
    std::copy_n(kept.begin(), taken, place.begin());
    kept_bytes_ -= taken;
    place = place.subspan(taken);
    if (place.empty()) return;
    const ssize_t count = ::recv(socket_, place.data(), place.size(), MSG_WAITALL);
    if (count != static_cast<ssize_t>(place.size())) {
        throw std::runtime_error("the broker closed the connection");
    }
}

wire::Bytes RawClient::read_method() {
    wire::Bytes bytes = input_.view().last(kept_bytes_);
    for (;;) {
        if (bytes.size() >= wire::frame_header_bytes) {
            const std::size_t size = wire::load_big_endian<std::uint32_t>(bytes.data() + 3);
            if (bytes.size() >= size + wire::frame_overhead_bytes) {
                keep(bytes.size() - size - wire::frame_overhead_bytes);
                const wire::Bytes payload = bytes.subspan(wire::frame_header_bytes, size);
                const std::uint32_t number = method_number(payload);
                if (number == number_of<wire::ConnectionClose> ||
                    number == number_of<wire::ChannelClose>) {
                    throw std::runtime_error(
                        "refused: " +
                        std::string(wire::decode_as<wire::ChannelClose>(payload).reply_text));
                }
                has_unseen_ = kept_bytes_ > 0;
                return payload;
            }
        }
        keep(bytes.size());
        has_unseen_ = false;
        bytes = read();
    }
}

}  // namespace eventail::bench
