// The way out, for any thread: encodes a message's content into a buffer of the calling thread,
// names the message, and writes its frames into the intake under a short lock. Shared by services
// and endpoints.
#pragma once

#include "base/time.hpp"
#include "bus/envelope.hpp"
#include "bus/gelf.hpp"
#include "bus/intake.hpp"
#include "bus/message_id.hpp"
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

class Outlet;

/// A message of the calling thread, named and encoded, not yet accepted. Refers to what the message
/// and the content refer to.
class Draft {
public:
    /// Its id is derived by `ids` if that is possible, which must live as long.
    /// @throws Error invalid_payload and its like, invalid_argument
    Draft(Outlet& outlet, const bus::Outgoing& message, const Value& content,
          bus::IdDerivation* ids = nullptr);
    ~Draft();
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    const bus::MessageId& id() const { return id_; }
    /// What the intake must have room for.
    std::size_t size_bytes() const { return head_.size_bytes() + body_bytes_; }
    /// Puts it into the outlet's intake. With the outlet's mutex held.
    bus::Sequence accept(Outlet& outlet, bus::Retry retry) const;

private:
    struct Content {
        std::string_view type = {};
        wire::Bytes bytes = {};
        std::optional<Payload> apart = {};  // large: it is not copied
        wire::Buffer buffer = {};           // of the thread, lent: a codec may publish as well
    };
    static Content encode(Outlet& outlet, const Value& content);
    bus::MessageId name(const bus::Outgoing& message, Outlet& outlet);
    bus::Outgoing complete(bus::Outgoing message, const Outlet& outlet) const;

    Content content_;
    std::size_t body_bytes_;
    bus::IdDerivation* ids_;  // null: counted
    bus::Hash128 hash_ = {};
    bus::MessageId id_;
    bus::MessageHead head_;
};

class Outlet {
public:
    Outlet(std::string logical_service, PayloadLimits limits, bus::Intake::Limits intake_limits);

    /// Encodes a log record and queues it; drops and counts it where there is no room. `at`: when
    /// it happened; none: now. @throws Error for fields that cannot be encoded
    void log(Severity severity, std::string_view short_message, std::string_view full_message,
             std::string_view conversation_id, const LogFields& fields,
             std::optional<TimePoint> at = std::nullopt);

    void use_json(bool is_json) { is_json_ = is_json; }
    bool is_json() const { return is_json_.load(std::memory_order_relaxed); }

    NameSource& message_ids() { return message_ids_; }
    /// Ids of conversations and of commands.
    NameSource::Name new_id() { return other_ids_.next(); }

    /// Guards the intake.
    std::mutex& mutex() { return mutex_; }
    bus::Intake& intake() { return intake_; }
    /// The intake's, without the mutex: at least what the calling thread, and whoever it waited
    /// for, got accepted.
    bus::Sequence next_sequence() const { return next_sequence_.load(std::memory_order_acquire); }
    /// Settles by hand. With the mutex held.
    void settle(const bus::ManualSettlement& settlement) {
        intake_.settle(settlement);
        has_news_.store(true, std::memory_order_release);
    }
    /// Takes what gathered. With the mutex held.
    void take(bus::Intake::Batch& batch) {
        intake_.take(batch);
        has_news_.store(false, std::memory_order_release);
    }
    /// Messages or settlements have gathered, as far as the calling thread can know.
    bool has_news() const { return has_news_.load(std::memory_order_acquire); }

    void count_dropped_log() { ++dropped_logs_; }
    /// Says in the local log how many records, and fields of records, were dropped since this was
    /// called last, if any. `after_it`: how many records, in all, by those who took them from here.
    void tell_dropped_logs(std::uint64_t after_it);
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
    std::uint64_t told_dropped_logs_ = 0;
    std::uint64_t told_dropped_log_fields_ = 0;
    std::mutex mutex_;
    bus::Intake intake_;
    std::atomic<bus::Sequence> next_sequence_ = 1;
    std::atomic<bool> has_news_ = false;

    friend class Draft;
};

}  // namespace eventail::service
