// The core's output to one connection: deliveries and cancelled consumers.
#pragma once

#include "broker/core/message.hpp"

#include <cstdint>
#include <string_view>

namespace eventail::broker {

/// A message on its way to a consumer. Views are valid only during the call; the message may be
/// kept.
struct Delivery {
    std::uint16_t channel = 0;
    std::string_view consumer_tag = {};
    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
    const MessagePtr& message;
};

/// The receiving end of a connection. Operations of the core, for any connection, call it, so it
/// must not call back into the core.
class Recipient {
public:
    virtual ~Recipient() = default;

    virtual void deliver(const Delivery& delivery) = 0;

    /// A consumer's queue was deleted. The client gets basic.cancel if it supports it.
    virtual void consumer_cancelled(std::uint16_t channel, std::string_view consumer_tag) = 0;
};

}  // namespace eventail::broker
