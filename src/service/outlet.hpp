// The way out, for any thread: encodes a message into a buffer of the calling thread, names it, and
// hands it to the intake under a short lock. Shared by services and endpoints.
#pragma once

#include "bus/envelope.hpp"
#include "bus/gelf.hpp"
#include "bus/intake.hpp"
#include "service/identity.hpp"
#include <eventail/log.hpp>
#include <eventail/payload.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::service {

/// A message encoded by a thread, not yet accepted.
struct Encoded {
    wire::Bytes frames = {};  ///< valid until this thread encodes again
    std::uint64_t counter = 0;
};

class Outlet {
public:
    Outlet(std::string logical_service, PayloadLimits limits, bus::Intake::Limits intake_limits);

    /// Encodes `content` as a message of this service; message_id, timestamp, app_id and content
    /// type are filled in. @throws Error invalid_payload and its like, invalid_argument
    Encoded encode(bus::Outgoing message, const Value& content);

    /// Encodes a log record and queues it; drops and counts it where there is no room. @throws
    /// Error for fields that cannot be encoded
    void log(Severity severity, std::string_view short_message, std::string_view full_message,
             std::string_view conversation_id, const Value& fields);

    void use_json(bool is_json) { is_json_ = is_json; }

    NameSource& message_ids() { return message_ids_; }
    /// Ids of conversations and of commands.
    std::string new_id() { return other_ids_.next().text; }

    /// Guards the intake.
    std::mutex& mutex() { return mutex_; }
    bus::Intake& intake() { return intake_; }

    void count_dropped_log() { ++dropped_logs_; }
    std::uint64_t dropped_logs() const { return dropped_logs_; }
    std::uint64_t dropped_log_fields() const { return dropped_log_fields_; }
    const std::string& logical_service() const { return logical_service_; }
    const PayloadLimits& limits() const { return limits_; }

private:
    std::string logical_service_;
    std::string hostname_;
    PayloadLimits limits_;
    NameSource message_ids_;
    NameSource other_ids_;
    std::atomic<bool> is_json_ = false;
    std::atomic<std::uint64_t> dropped_logs_ = 0;
    std::atomic<std::uint64_t> dropped_log_fields_ = 0;
    std::mutex mutex_;
    bus::Intake intake_;
};

}  // namespace eventail::service
