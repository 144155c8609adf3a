// The way out, for any thread: encodes a message's content into a buffer of the calling thread,
// names the message, and writes its frames into the intake under a short lock, which nobody else
// sees. Shared by services and endpoints.
#pragma once

#include "base/atomic.hpp"
#include "base/mutex.hpp"
#include "base/time.hpp"
#include "bus/envelope.hpp"
#include "bus/gelf.hpp"
#include "bus/intake.hpp"
#include "bus/message_id.hpp"
#include "service/identity.hpp"
#include <eventail/log.hpp>
#include <eventail/payload.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
    void write(bus::Intake& intake, bus::Retry retry) const;

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

    // ---- For publishers

    /// Accepts a message, even without room.
    bus::Sequence accept(const Draft& draft, bus::Retry retry) EVENTAIL_EXCLUDES(mutex_);
    /// Accepts a message if there is room, to be sent until it is confirmed. `check()` is called
    /// first, under the lock, and may throw. @return how many bytes have gathered since the
    /// driving thread looked; none: no room
    template <typename Check>
    std::optional<std::size_t> accept_if_room(const Draft& draft, const Check& check)
        EVENTAIL_EXCLUDES(mutex_) {
        const Lock lock(mutex_);
        if (!intake_.has_room(draft.size_bytes())) return std::nullopt;
        check();
        write(draft, bus::Retry::automatic);
        return unwritten_bytes_ += draft.size_bytes();
    }
    /// Waits until there may be room, or `until`.
    void wait_for_room(std::size_t size_bytes, TimePoint until) EVENTAIL_EXCLUDES(mutex_);
    /// Settles by hand what waits for all that has been accepted. `check` as for messages.
    template <typename Check>
    void settle(bus::ManualSettlement settlement, const Check& check) EVENTAIL_EXCLUDES(mutex_) {
        const Lock lock(mutex_);
        check();
        settlement.accepted_before = intake_.next_sequence();
        intake_.settle(settlement);
        has_news_.store(true, std::memory_order_release);
    }
    void settle(const bus::ManualSettlement& settlement) {
        settle(settlement, [] {});
    }

    // ---- For the driving thread

    /// The next message's. Counts at least the messages of the calling thread, and of the threads
    /// that it waited for.
    bus::Sequence next_sequence() const { return next_sequence_.load(std::memory_order_acquire); }
    /// Takes what gathered into `batch`, which must be clear.
    void take(bus::Intake::Batch& batch) EVENTAIL_EXCLUDES(mutex_);
    /// The same, and gives back the segments that are done with, which makes room. @return the
    /// bytes that are held then
    std::size_t exchange(std::vector<bus::SharedSegment>& released, bus::Intake::Batch& batch)
        EVENTAIL_EXCLUDES(mutex_);
    /// Messages or settlements have gathered, as far as the calling thread can know.
    bool has_news() const { return has_news_.load(std::memory_order_acquire); }

    void count_dropped_log() { ++dropped_logs_; }
    /// Says in the local log how many records, and fields of records, were dropped since this was
    /// called last, if any. `after_it`: how many records, in all, by those who took them from here.
    void tell_dropped_logs(std::uint64_t after_it);
    const std::string& logical_service() const { return logical_service_; }
    const PayloadLimits& limits() const { return limits_; }

private:
    void write(const Draft& draft, bus::Retry retry) EVENTAIL_REQUIRES(mutex_) {
        draft.write(intake_, retry);
        next_sequence_.store(intake_.next_sequence(), std::memory_order_release);
        has_news_.store(true, std::memory_order_release);
    }
    void take_gathered(bus::Intake::Batch& batch) EVENTAIL_REQUIRES(mutex_) {
        intake_.take(batch);
        unwritten_bytes_ = 0;
        has_news_.store(false, std::memory_order_release);
    }

    std::string logical_service_;
    std::string hostname_;
    PayloadLimits limits_;
    NameSource message_ids_;
    NameSource other_ids_;
    Atomic<bool> is_json_ = false;
    Atomic<std::uint64_t> dropped_logs_ = 0;
    Atomic<std::uint64_t> dropped_log_fields_ = 0;
    std::uint64_t told_dropped_logs_ = 0;
    std::uint64_t told_dropped_log_fields_ = 0;
    Mutex mutex_;
    Condition room_;
    bus::Intake intake_ EVENTAIL_GUARDED_BY(mutex_);
    /// Accepted since the driving thread looked.
    std::size_t unwritten_bytes_ EVENTAIL_GUARDED_BY(mutex_) = 0;
    Atomic<bus::Sequence> next_sequence_ = 1;
    Atomic<bool> has_news_ = false;
};

}  // namespace eventail::service
