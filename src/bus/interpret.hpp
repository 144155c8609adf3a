// The receiving half of the envelope: turns deliveries and returned messages into calls of
// handlers. No message from a peer causes an exception here. (protocol.md, "Messages")
#pragma once

#include "amqp/session_events.hpp"
#include "bus/envelope.hpp"
#include "bus/job.hpp"
#include <eventail/message.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace eventail::bus {

/// A message unfit for any handler: log the reason as EMERGENCY and dead-letter the message at
/// once.
struct Poison {
    std::string reason = {};   ///< one printable line, without content
    std::string subject = {};  ///< the same for similar messages
};

/// Identifies a message, in words that follow the description of its fault.
std::string origin_of(std::string_view routing_key, std::string_view message_id,
                      std::string_view exchange = {});

/// Makes `job` the call of a handler with a message from the queue `source`, and reuses the memory
/// of `job`. @return the poison, if the message is unfit; `job` is then unusable
std::optional<Poison> interpret(const amqp::Delivery& delivery, Source source, DeliveryToken token,
                                const PayloadLimits& limits, Job& job);

/// Reads one of our messages that came back. Unreadable content becomes null.
ReturnedMessage interpret_returned(const amqp::Returned& returned, const PayloadLimits& limits);

}  // namespace eventail::bus
