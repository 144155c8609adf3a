#include "service/outlet.hpp"

#include "bus/payload_codec.hpp"
#include "bus/payload_sink.hpp"
#include "bus/publisher.hpp"

#include <unistd.h>

#include <chrono>
#include <utility>

namespace eventail::service {
namespace {

// Larger buffers are given back after use.
constexpr std::size_t max_kept_bytes = 1u << 20;

struct Scratch {
    bus::ByteBuffer body;
    wire::Buffer frames;
};

Scratch& scratch() {
    thread_local Scratch mine;
    if (mine.body.capacity() > max_kept_bytes) mine.body = {};
    if (mine.frames.capacity() > max_kept_bytes) mine.frames = {};
    mine.body.clear();
    mine.frames.clear();
    return mine;
}

std::uint64_t unix_seconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(now).count());
}

double unix_time() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

Outlet::Outlet(std::string logical_service, PayloadLimits limits, bus::Intake::Limits intake_limits)
    : logical_service_(std::move(logical_service)),
      hostname_(hostname()),
      limits_(limits),
      intake_(intake_limits) {}

Encoded Outlet::encode(bus::Outgoing message, const Value& content) {
    Scratch& buffers = scratch();
    wire::Bytes body;
    if (const auto ready = bus::already_encoded(content, limits_)) {
        body = ready->bytes;
        message.content_type = ready->content_type;
    } else if (is_json_) {
        bus::encode_json(content, buffers.body, limits_);
        body = buffers.body.bytes();
        message.content_type = bus::json_content_type;
    } else {
        bus::encode_cbor(content, buffers.body, limits_);
        body = buffers.body.bytes();
        message.content_type = bus::cbor_content_type;
    }
    const NameSource::Name id = message_ids_.next();
    message.message_id = id.text;
    message.timestamp = unix_seconds();
    message.app_id = logical_service_;
    bus::encode_message(buffers.frames, bus::Publisher::confirm_channel, message, body,
                        bus::Publisher::message_frame_bytes);
    return {.frames = buffers.frames.view(), .counter = id.number};
}

void Outlet::log(Severity severity, std::string_view short_message, std::string_view full_message,
                 std::string_view conversation_id, const Value& fields) {
    const bus::GelfRecord record = bus::gelf_record({.severity = severity,
                                                     .short_message = short_message,
                                                     .full_message = full_message,
                                                     .logical_service = logical_service_,
                                                     .hostname = hostname_,
                                                     .worker_pid = ::getpid(),
                                                     .unix_time = unix_time(),
                                                     .conversation_id = conversation_id,
                                                     .fields = fields});
    dropped_log_fields_ += record.dropped_fields;
    Scratch& buffers = scratch();
    const std::string routing_key = bus::log_routing_key(logical_service_, severity);
    bus::encode_message(buffers.frames, bus::Publisher::log_channel,
                        {.kind = bus::Kind::log, .name = routing_key}, wire::as_bytes(record.json),
                        bus::Publisher::log_frame_bytes);
    const std::lock_guard lock(mutex_);
    if (!intake_.append_log(buffers.frames.view())) ++dropped_logs_;
}

}  // namespace eventail::service
