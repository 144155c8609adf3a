// The memory that the broker uses. Everything that clients can pile up counts in one gauge as long
// as it lives. The figure is an estimate that includes allocations.
#pragma once

#include "base/assert.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace eventail::broker {

/// Shared by a core and its messages: a message in a client's output can outlive the core.
struct MemoryGauge {
    std::size_t held_bytes = 0;
};

/// Adds a number of bytes to a gauge as long as it lives.
class MemoryCharge {
public:
    MemoryCharge(std::shared_ptr<MemoryGauge> gauge, std::size_t bytes)
        : gauge_(std::move(gauge)), bytes_(bytes) {
        gauge_->held_bytes += bytes_;
    }
    /// For sizes that change.
    void set(std::size_t bytes) {
        gauge_->held_bytes += bytes - bytes_;
        bytes_ = bytes;
    }
    void add(std::size_t bytes) { set(bytes_ + bytes); }
    void subtract(std::size_t bytes) {
        EVENTAIL_ASSERT(bytes_ >= bytes, "memory is given back once");
        set(bytes_ - bytes);
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
