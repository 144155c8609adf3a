// A message in its place in a queue.
#pragma once

#include "base/time.hpp"
#include "broker/core/message.hpp"

#include <cstdint>

namespace eventail::broker {

struct QueuedMessage {
    MessagePtr message = {};
    std::uint64_t position = 0;  ///< Assigned by the queue; kept when the message comes back.
    TimePoint expires_at = TimePoint::max();
    bool redelivered = false;
};

}  // namespace eventail::broker
