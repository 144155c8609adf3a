// What the broker holds, in bytes: everything that clients can pile up is charged to one gauge
// while it lives. An estimate of what it takes, allocations included, not an exact figure.
#pragma once

#include "base/assert.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace eventail::broker {

/// Shared by a core and its messages: a message may outlive the core in somebody's output.
struct MemoryGauge {
    std::size_t held_bytes = 0;
};

/// Holds a number of bytes against a gauge as long as it lives.
class MemoryCharge {
public:
    MemoryCharge(std::shared_ptr<MemoryGauge> gauge, std::size_t bytes)
        : gauge_(std::move(gauge)), bytes_(bytes) {
        gauge_->held_bytes += bytes_;
    }
    /// For something that grows and shrinks.
    void set(std::size_t bytes) {
        gauge_->held_bytes += bytes - bytes_;
        bytes_ = bytes;
    }
    MemoryCharge(const MemoryCharge&) = delete;
    MemoryCharge& operator=(const MemoryCharge&) = delete;
    ~MemoryCharge() {
        EVENTAIL_ASSERT(gauge_->held_bytes >= bytes_, "memory is given back once");
        gauge_->held_bytes -= bytes_;
    }

private:
    std::shared_ptr<MemoryGauge> gauge_;
    std::size_t bytes_;
};

}  // namespace eventail::broker
