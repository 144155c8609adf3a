#include "sink/connection.hpp"

#include "message.hpp"
#include "wire/big_endian.hpp"
#include "wire/properties.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace eventail::bench {
namespace {

constexpr std::size_t read_bytes = 1024 * 1024;

}  // namespace

Connection::~Connection() { ::close(socket_); }

bool Connection::read(wire::Buffer& scratch) {
    scratch.clear();
    scratch.append(held_.view());
    scratch.reserve(held_.size() + read_bytes);
    const ssize_t count = ::recv(socket_, scratch.data() + scratch.size(), read_bytes, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (count <= 0) return false;
    scratch.grow(static_cast<std::size_t>(count));

    const wire::Bytes rest = scratch.view().subspan(take(scratch.view()));
    held_.clear();
    held_.append(rest);
    confirm_published();
    wants_flush();
    return true;
}

std::size_t Connection::take(wire::Bytes input) {
    const std::byte* const start = input.data();
    if (!has_greeted_) {
        if (input.size() < wire::protocol_header().bytes.size()) return 0;
        input = input.subspan(wire::protocol_header().bytes.size());
        greet();
    }
    for (;;) {
        const std::size_t skipped = std::min(skipped_bytes_, input.size());
        skipped_bytes_ -= skipped;
        input = input.subspan(skipped);
        if (input.size() < wire::frame_header_bytes) break;
        const auto type = static_cast<wire::FrameType>(input[0]);
        const auto channel = wire::load_big_endian<std::uint16_t>(input.data() + 1);
        const std::size_t size = wire::load_big_endian<std::uint32_t>(input.data() + 3);
        if (type == wire::FrameType::body && !incoming_.is_command) {
            skipped_bytes_ = size + wire::frame_overhead_bytes;
            incoming_.missing_bytes -= size;
            if (incoming_.missing_bytes == 0) end_message(channel);
            continue;
        }
        if (input.size() < size + wire::frame_overhead_bytes) break;
        take_frame({.type = type,
                    .channel = channel,
                    .payload = input.subspan(wire::frame_header_bytes, size)});
        input = input.subspan(size + wire::frame_overhead_bytes);
    }
    return static_cast<std::size_t>(input.data() - start);
}

void Connection::take_frame(const wire::Frame& frame) {
    switch (frame.type) {
        case wire::FrameType::method: {
            const wire::MethodId id = wire::peek_method_id(frame.payload);
            if (id == wire::BasicPublish::id) {
                take_publish(frame.payload);
            } else if (id == wire::BasicAck::id) {
                const auto ack = wire::decode_as<wire::BasicAck>(frame.payload);
                acknowledge(frame.channel, ack.delivery_tag, ack.multiple);
            } else {
                answer(frame.channel, wire::decode_method(frame.payload));
            }
            break;
        }
        case wire::FrameType::header: take_header(frame.channel, frame.payload); break;
        case wire::FrameType::body: take_body(frame.channel, frame.payload); break;
        case wire::FrameType::heartbeat: wire::encode_heartbeat(output_); break;
    }
}

void Connection::take_publish(wire::Bytes payload) {
    const auto publish = wire::decode_as<wire::BasicPublish>(payload);
    incoming_.is_command = publish.exchange == command_exchange;
    if (incoming_.is_command) incoming_.routing_key = publish.routing_key;
    incoming_.content.clear();
}

void Connection::take_header(std::uint16_t channel, wire::Bytes payload) {
    incoming_.missing_bytes = wire::load_big_endian<std::uint64_t>(payload.data() + 4);
    if (incoming_.is_command) keep_content(wire::FrameType::header, payload);
    if (incoming_.missing_bytes == 0) end_message(channel);
}

void Connection::take_body(std::uint16_t channel, wire::Bytes payload) {
    incoming_.missing_bytes -= payload.size();
    keep_content(wire::FrameType::body, payload);
    if (incoming_.missing_bytes == 0) end_message(channel);
}

void Connection::keep_content(wire::FrameType type, wire::Bytes payload) {
    wire::FrameWriter frame(incoming_.content, type, 0);
    frame.payload().raw(payload);
    frame.finish();
}

void Connection::end_message(std::uint16_t channel) {
    ++at(channel).published;
    ++hub_.counters().published;
    if (!incoming_.is_command) return;
    incoming_.is_command = false;
    const Consumer* const consumer = hub_.find_consumer(incoming_.routing_key);
    if (consumer == nullptr) return;
    ++hub_.counters().forwarded;
    consumer->connection->deliver(*consumer, incoming_.routing_key, incoming_.content.view());
}

void Connection::deliver(const Consumer& consumer, std::string_view routing_key,
                         wire::Bytes content) {
    wire::encode_method(output_, consumer.channel,
                        wire::BasicDeliver{.consumer_tag = consumer.tag,
                                           .delivery_tag = ++at(consumer.channel).delivered,
                                           .exchange = command_exchange,
                                           .routing_key = routing_key});
    const std::size_t start = output_.size();
    output_.append(content);
    for (std::size_t frame = start; frame < output_.size();) {
        wire::store_big_endian(output_.data() + frame + 1, consumer.channel);
        frame += wire::load_big_endian<std::uint32_t>(output_.data() + frame + 3) +
                 wire::frame_overhead_bytes;
    }
    wants_flush();
}

void Connection::confirm_published() {
    for (std::size_t channel = 0; channel < channels_.size(); ++channel) {
        Channel& state = channels_[channel];
        if (!state.is_confirming || state.confirmed == state.published) continue;
        state.confirmed = state.published;
        send(static_cast<std::uint16_t>(channel),
             wire::BasicAck{.delivery_tag = state.confirmed, .multiple = true});
    }
}

void Connection::acknowledge(std::uint16_t channel, std::uint64_t tag, bool is_multiple) {
    Channel& state = at(channel);
    if (!state.flood) {
        ++hub_.counters().acknowledged;
        return;
    }
    const std::uint64_t before = state.flood->acknowledged();
    state.flood->acknowledge(tag, is_multiple);
    hub_.counters().acknowledged += state.flood->acknowledged() - before;
}

Connection::Channel& Connection::at(std::uint16_t channel) {
    if (channel >= channels_.size()) channels_.resize(channel + std::size_t{1});
    return channels_[channel];
}

void Connection::wants_flush() {
    if (is_listed_) return;
    is_listed_ = true;
    hub_.unflushed().push_back(this);
}

bool Connection::flush() {
    is_listed_ = false;
    is_blocked_ = false;
    for (;;) {
        if (!write(unwritten_flood_) || !write(unwritten_)) break;
        if (!output_.empty()) {
            std::swap(output_, writing_);
            output_.clear();
            unwritten_ = writing_.view();
            continue;
        }
        if (is_closing_) break;
        // One portion of each flood that may go on; a consumer takes at least part of it.
        for (Channel& channel : channels_) {
            if (!channel.flood || channel.is_flood_over || !unwritten_flood_.empty()) continue;
            const std::uint64_t before = channel.flood->delivered();
            unwritten_flood_ = channel.flood->next();
            hub_.counters().delivered += channel.flood->delivered() - before;
        }
        if (unwritten_flood_.empty()) break;
    }
    return !is_lost_;
}

bool Connection::write(wire::Bytes& bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EINTR) continue;
            is_blocked_ = errno == EAGAIN;
            is_lost_ = !is_blocked_;
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace eventail::bench
