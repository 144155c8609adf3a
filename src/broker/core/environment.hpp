// The parts of a core share this: the time, names, the memory gauge, and the work that an operation
// defers. Because it is deferred, dead-lettering cannot recurse through thousands of queues, and
// consume-ok precedes the first delivery. It is done in slices: dead letters can multiply without
// end, and the broker serves other clients between two slices.
#pragma once

#include "base/assert.hpp"
#include "base/time.hpp"
#include "broker/core/chores.hpp"
#include "broker/core/dead_letter.hpp"
#include "broker/core/memory.hpp"
#include "broker/core/message.hpp"
#include "broker/core/names.hpp"
#include "broker/core/queue_timers.hpp"
#include "broker/core/reply_addresses.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace eventail::broker {

class Queue;
class VirtualHost;

/// A message that left its queue for the dead-letter exchange. Its death is recorded when it is
/// published there.
struct DeadLetter {
    VirtualHost* host = nullptr;
    MessagePtr message = {};
    DeathReason reason = DeathReason::rejected;
    std::string queue = {};
    std::chrono::sys_seconds date = {};
    std::string exchange = {};
    std::optional<std::string> routing_key = {};
};

class Environment {
public:
    Environment(TimePoint now, std::chrono::sys_seconds date, std::uint64_t seed,
                std::size_t memory_limit_bytes)
        : now_(now),
          started_(now),
          started_at_(date),
          memory_limit_bytes_(memory_limit_bytes),
          names_(seed) {}

    TimePoint now() const { return now_; }
    void set_now(TimePoint now) {
        EVENTAIL_ASSERT(now >= now_, "time does not go back");
        now_ = now;
    }
    std::chrono::sys_seconds date() const {
        return started_at_ + std::chrono::duration_cast<std::chrono::seconds>(now_ - started_);
    }

    NameGenerator& names() { return names_; }
    QueueTimers& timers() { return timers_; }
    const QueueTimers& timers() const { return timers_; }

    /// What deletions leave behind.
    Chores& chores() { return chores_; }
    ReplyAddresses& reply_addresses() { return reply_addresses_; }

    const std::shared_ptr<MemoryGauge>& gauge() const { return gauge_; }
    /// The part held by transactions; gauge() includes it.
    const std::shared_ptr<MemoryGauge>& transactions_gauge() const { return transactions_gauge_; }
    bool is_over_limit() const { return gauge_->held_bytes > memory_limit_bytes_; }
    /// Memory use is so high that nothing may be added.
    bool is_full() const { return gauge_->held_bytes > 2 * memory_limit_bytes_; }
    /// Throws wire::ProtocolError (506) if is_full().
    void require_room() const;
    /// Throws also if transactions hold half the memory limit. Beyond the limit the broker does not
    /// read from publishers, and then none of them could end its transaction.
    void require_room_in_transactions() const;

    /// The queue may have messages for its consumers.
    void dispatch_later(std::shared_ptr<Queue> queue) { to_dispatch_.push_back(std::move(queue)); }
    /// Drops the dead letter if memory use is too high.
    void publish_later(DeadLetter letter);
    /// Does a slice of the deferred work, a few milliseconds at most.
    void do_pending_work();
    bool has_pending_work() const {
        return !letters_.empty() || !to_dispatch_.empty() || !chores_.empty();
    }
    std::uint64_t lost_letter_count() const { return lost_letter_count_; }

    /// Work done so far, in messages put into queues; lets clients share a thread fairly.
    std::uint64_t work_count() const { return work_count_; }
    void count_work(std::uint64_t count) { work_count_ += count; }

private:
    TimePoint now_;
    TimePoint started_;
    std::chrono::sys_seconds started_at_;
    std::size_t memory_limit_bytes_;
    NameGenerator names_;
    QueueTimers timers_;
    ReplyAddresses reply_addresses_;
    std::shared_ptr<MemoryGauge> gauge_ = std::make_shared<MemoryGauge>();
    std::shared_ptr<MemoryGauge> transactions_gauge_ = std::make_shared<MemoryGauge>();
    std::deque<std::shared_ptr<Queue>> to_dispatch_;
    std::deque<DeadLetter> letters_;
    MemoryCharge letters_charge_{gauge_, 0};
    std::uint64_t lost_letter_count_ = 0;
    std::uint64_t work_count_ = 0;
    Chores chores_;
};

}  // namespace eventail::broker
