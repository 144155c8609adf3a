#include "service/outlet.hpp"

#include "base/process.hpp"
#include "base/thread_own.hpp"
#include "base/wall_clock.hpp"
#include "bus/publisher.hpp"
#include "payload/payload_codec.hpp"
#include "service/local_log.hpp"

#include <chrono>
#include <utility>

namespace eventail::service {
namespace {

// Larger buffers are freed after use.
constexpr std::size_t max_kept_bytes = 1u << 20;

// Content of this size and more is passed on as it is. Copying less costs less than writing one
// more piece.
constexpr std::size_t apart_from_bytes = 16 * 1024;

/// Where this thread encodes its next message, if it is not doing so.
wire::Buffer& spare_buffer() { return thread_own<wire::Buffer, struct SpareBuffer>(); }

wire::Buffer& scratch_frames() {
    auto& mine = thread_own<wire::Buffer, struct ScratchFrames>();
    if (mine.capacity() > max_kept_bytes) mine = {};
    mine.clear();
    return mine;
}

double unix_time(std::optional<TimePoint> at) {
    auto now = wall_time();
    if (at) now -= Clock::now() - *at;
    return std::chrono::duration<double>(now.time_since_epoch()).count();
}

}  // namespace

Draft::Draft(Outlet& outlet, const bus::Outgoing& message, const Value& content,
             bus::IdDerivation* ids)
    : content_(encode(outlet, content)),
      body_bytes_(content_.apart ? content_.apart->bytes().size()
                                 : wire::body_frames_bytes(content_.bytes.size(),
                                                           bus::Publisher::message_frame_bytes)),
      ids_(ids != nullptr && ids->is_possible() ? ids : nullptr),
      id_(name(message, outlet)),
      head_(complete(message, outlet), bus::Publisher::confirm_channel,
            content_.apart ? body_bytes_ : content_.bytes.size()) {}

Draft::Content Draft::encode(Outlet& outlet, const Value& content) {
    if (const auto ready = payload::already_encoded(content, outlet.limits())) {
        Content as_it_is{.type = ready->content_type, .bytes = ready->bytes};
        if (ready->bytes.size() >= apart_from_bytes) as_it_is.apart = *content.payload();
        return as_it_is;
    }
    Content encoded{.buffer = std::move(spare_buffer())};
    encoded.buffer.clear();
    if (outlet.is_json()) {
        payload::encode_json(content, encoded.buffer, outlet.limits());
        encoded.type = payload::json_content_type;
        encoded.bytes = encoded.buffer.view();
        return encoded;
    }
    payload::encode_cbor(content, encoded.buffer, outlet.limits());
    encoded.type = payload::cbor_content_type;
    encoded.bytes = encoded.buffer.view();
    if (encoded.bytes.size() >= apart_from_bytes) {
        encoded.apart = payload::adopt_cbor(std::move(encoded.buffer));
    }
    return encoded;
}

Draft::~Draft() {
    const std::size_t capacity = content_.buffer.capacity();
    if (capacity != 0 && capacity <= max_kept_bytes) spare_buffer() = std::move(content_.buffer);
}

bus::MessageId Draft::name(const bus::Outgoing& message, Outlet& outlet) {
    if (ids_ == nullptr) {
        return {outlet.message_ids().prefix(), outlet.message_ids().next_number()};
    }
    bus::Outgoing typed = message;
    typed.content_type = content_.type;
    typed.app_id = outlet.logical_service();
    hash_ = ids_->hash_of(typed, content_.apart ? content_.apart->bytes() : content_.bytes);
    return ids_->next_id(hash_);
}

bus::Outgoing Draft::complete(bus::Outgoing message, const Outlet& outlet) const {
    message.content_type = content_.type;
    message.message_id = id_.text();
    if (message.is_correlated_by_id) message.correlation_id = id_.text();
    message.timestamp = unix_seconds();
    message.app_id = outlet.logical_service();
    return message;
}

void Draft::write(bus::Intake& intake, bus::Retry retry) const {
    // Until the message is appended, anything may throw, and nothing has happened.
    if (ids_ != nullptr) ids_->prepare_count(hash_);
    const bus::Ticket ticket{.key = id_.key(), .retry = retry};
    if (content_.apart) {
        head_.write(intake.append(head_.size_bytes(), *content_.apart, ticket));
    } else {
        std::byte* const body = head_.write(intake.append(size_bytes(), ticket));
        wire::write_body_frames(body, bus::Publisher::confirm_channel, content_.bytes,
                                bus::Publisher::message_frame_bytes);
    }
    if (ids_ != nullptr) ids_->count(hash_);
}

Outlet::Outlet(std::string logical_service, PayloadLimits limits, bus::Intake::Limits intake_limits)
    : logical_service_(std::move(logical_service)),
      hostname_(hostname()),
      limits_(limits),
      intake_(intake_limits) {}

void Outlet::log(Severity severity, std::string_view short_message, std::string_view full_message,
                 std::string_view conversation_id, const LogFields& fields,
                 std::optional<TimePoint> at) {
    const bus::GelfRecord record = bus::gelf_record({.severity = severity,
                                                     .short_message = short_message,
                                                     .full_message = full_message,
                                                     .logical_service = logical_service_,
                                                     .hostname = hostname_,
                                                     .worker_pid = process_id(),
                                                     .unix_time = unix_time(at),
                                                     .conversation_id = conversation_id,
                                                     .fields = fields});
    dropped_log_fields_ += record.dropped_fields;
    wire::Buffer& frames = scratch_frames();
    const std::string routing_key = bus::log_routing_key(logical_service_, severity);
    bus::encode_message(frames, bus::Publisher::log_channel,
                        {.kind = bus::Kind::log, .name = routing_key}, wire::as_bytes(record.json),
                        bus::Publisher::log_frame_bytes);
    const Lock lock(mutex_);
    if (!intake_.append_log(frames.view())) ++dropped_logs_;
}

bus::Sequence Outlet::accept(const Draft& draft, bus::Retry retry) {
    const Lock lock(mutex_);
    write(draft, retry);
    return intake_.next_sequence() - 1;
}

void Outlet::wait_for_room(std::size_t size_bytes, TimePoint until) {
    Lock lock(mutex_);
    while (!intake_.has_room(size_bytes) && Clock::now() < until) room_.wait_until(lock, until);
}

void Outlet::take(bus::Intake::Batch& batch) {
    const Lock lock(mutex_);
    take_gathered(batch);
}

std::size_t Outlet::exchange(std::vector<bus::SharedSegment>& released, bus::Intake::Batch& batch) {
    std::size_t held_bytes = 0;
    {
        const Lock lock(mutex_);
        for (bus::SharedSegment& segment : released) intake_.release(std::move(segment));
        held_bytes = intake_.held_bytes();
        if (intake_.has_any()) take_gathered(batch);
    }
    if (released.empty()) return held_bytes;
    released.clear();
    room_.notify_all();
    return held_bytes;
}

void Outlet::tell_dropped_logs(std::uint64_t after_it) {
    const std::uint64_t records = dropped_logs_ + after_it;
    const std::uint64_t fields = dropped_log_fields_;
    const auto warn = [&](std::string_view what, std::uint64_t& told, std::uint64_t count) {
        if (count == told) return;
        log_locally(Severity::warning, logical_service_,
                    std::string(what) + std::to_string(count - told));
        told = count;
    };
    warn("log records that could not be sent: ", told_dropped_logs_, records);
    warn("fields named id that log records cannot have: ", told_dropped_log_fields_, fields);
}

}  // namespace eventail::service
