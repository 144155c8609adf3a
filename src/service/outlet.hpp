// The way out, for any thread: encodes a message's content into a buffer of the calling thread,
// gives the message its id, and writes its frames into the intake under a short lock, which stays
// private. Services and endpoints share it.
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

/// A message of the calling thread: it has an id and is encoded, but not yet accepted. Refers to
/// everything that the message and the content refer to.
class Draft {
public:
    /// If possible, `ids` derives its id; `ids` must live as long. @throws Error, such as
    /// invalid_payload, invalid_argument
    Draft(Outlet& outlet, const bus::Outgoing& message, const Value& content,
          bus::IdDerivation* ids = nullptr);
    ~Draft();
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    const bus::MessageId& id() const { return id_; }
    /// The room that the intake needs for it.
    std::size_t size_bytes() const { return head_.size_bytes() + body_bytes_; }
    void write(bus::Intake& intake, bus::Retry retry) const;

private:
    struct Content {
        std::string_view type = {};
        wire::Bytes bytes = {};
        std::optional<Payload> apart = {};  // a large one, not copied
        wire::Buffer buffer = {};           // borrowed from the thread: a codec may publish, too
    };
    static Content encode(Outlet& outlet, const Value& content);
    bus::MessageId name(const bus::Outgoing& message, Outlet& outlet);
    bus::Outgoing complete(bus::Outgoing message, const Outlet& outlet) const;

    Content content_;
    std::size_t body_bytes_;
    bus::IdDerivation* ids_;  // null: counted ids
    bus::Hash128 hash_ = {};
    bus::MessageId id_;
    bus::MessageHead head_;
};

class Outlet {
public:
    Outlet(std::string logical_service, PayloadLimits limits, bus::Intake::Limits intake_limits);

    /// Encodes a log record and queues it; drops and counts it if there is no room. `at`: time of
    /// the event; nothing: now. @throws Error for fields that cannot be encoded
    void log(Severity severity, std::string_view short_message, std::string_view full_message,
             std::string_view conversation_id, const LogFields& fields,
             std::optional<TimePoint> at = std::nullopt);

    void set_encoding(Encoding encoding) { is_json_ = encoding == Encoding::json; }
    bool is_json() const { return is_json_.load(std::memory_order_relaxed); }

    NameSource& message_ids() { return message_ids_; }
    /// Makes ids of conversations and commands.
    NameSource::Name new_id() { return other_ids_.next(); }

    // ---- For publishers

    /// Accepts a message, even without room.
    bus::Sequence accept(const Draft& draft, bus::Retry retry) EVENTAIL_EXCLUDES(mutex_);
    /// Accepts a message if there is room, and retries it until it is confirmed. First calls
    /// `check()`, under the lock; it may throw. @return the bytes gathered since the driving thread
    /// looked; nothing: no room
    template <typename Check>
    std::optional<std::size_t> accept_if_room(const Draft& draft, const Check& check)
        EVENTAIL_EXCLUDES(mutex_) {
        const Lock lock(mutex_);
        if (!intake_.has_room(draft.size_bytes())) return std::nullopt;
        check();
        write(draft, bus::Retry::automatic);
        return unwritten_bytes_ += draft.size_bytes();
    }
    /// Waits until there may be room, or until `until`.
    void wait_for_room(std::size_t size_bytes, TimePoint until) EVENTAIL_EXCLUDES(mutex_);
    /// Adds a manual settlement, which waits for all messages accepted so far. `check` as for
    /// messages.
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

    /// The next message's sequence. Counts at least the messages of the calling thread, and of the
    /// threads that it waited for.
    bus::Sequence next_sequence() const { return next_sequence_.load(std::memory_order_acquire); }
    /// Moves the gathered messages into `batch`, which must be empty.
    void take(bus::Intake::Batch& batch) EVENTAIL_EXCLUDES(mutex_);
    /// The same, and returns released segments, which makes room. @return the bytes still held
    std::size_t exchange(std::vector<bus::SharedSegment>& released, bus::Intake::Batch& batch)
        EVENTAIL_EXCLUDES(mutex_);
    /// Messages or settlements have gathered, as far as the calling thread can know.
    bool has_news() const { return has_news_.load(std::memory_order_acquire); }

    void count_dropped_log() { ++dropped_logs_; }
    /// Logs locally how many records, and fields of records, were dropped since the last call, if
    /// any. `after_it`: how many, in all, were dropped after leaving here.
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
    /// Bytes accepted since the driving thread looked.
    std::size_t unwritten_bytes_ EVENTAIL_GUARDED_BY(mutex_) = 0;
    Atomic<bus::Sequence> next_sequence_ = 1;
    Atomic<bool> has_news_ = false;
};

}  // namespace eventail::service
