// What all parts of a core share: the time, names, the memory gauge, and the work that an operation
// leaves to be done when it has ended. Left for later, dead-lettering cannot recurse through
// thousands of queues, and consume-ok goes out before the first delivery.
#pragma once

#include "base/time.hpp"
#include "broker/core/memory.hpp"
#include "broker/core/message.hpp"
#include "broker/core/names.hpp"
#include "broker/core/queue_timers.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

namespace eventail::broker {

class Queue;
class VirtualHost;

/// A message that left its queue for the dead-letter exchange, its death written into it already.
struct DeadLetter {
    VirtualHost* host = nullptr;
    MessagePtr message = {};
    bool was_rejected = false;  ///< By a consumer: it may go round in circles then.
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
    void set_now(TimePoint now) { now_ = now; }
    std::chrono::sys_seconds date() const {
        return started_at_ + std::chrono::duration_cast<std::chrono::seconds>(now_ - started_);
    }

    NameGenerator& names() { return names_; }
    QueueTimers& timers() { return timers_; }
    const QueueTimers& timers() const { return timers_; }

    const std::shared_ptr<MemoryGauge>& gauge() const { return gauge_; }
    bool is_over_limit() const { return gauge_->held_bytes > memory_limit_bytes_; }
    /// Throws wire::ProtocolError (506) if so much is held already that nothing may be added.
    void require_room() const;

    /// The queue may have something for its consumers.
    void dispatch_later(std::shared_ptr<Queue> queue) { to_dispatch_.push_back(std::move(queue)); }
    void publish_later(DeadLetter letter) { letters_.push_back(std::move(letter)); }
    /// Does what was left to be done, until nothing is.
    void do_pending_work();

private:
    TimePoint now_;
    TimePoint started_;
    std::chrono::sys_seconds started_at_;
    std::size_t memory_limit_bytes_;
    NameGenerator names_;
    QueueTimers timers_;
    std::shared_ptr<MemoryGauge> gauge_ = std::make_shared<MemoryGauge>();
    std::deque<std::shared_ptr<Queue>> to_dispatch_;
    std::deque<DeadLetter> letters_;
};

}  // namespace eventail::broker
