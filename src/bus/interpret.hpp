// The receiving half of the envelope: from deliveries and returned messages to what handlers get.
// Nothing that a peer sent is an exception here. (protocol.md, "Messages")
#pragma once

#include "amqp/session_events.hpp"
#include "bus/envelope.hpp"
#include "bus/job.hpp"
#include <eventail/message.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace eventail::bus {

/// A message that no handler may see: log the reason as EMERGENCY and dead-letter it at once.
struct Poison {
    std::string reason = {};   ///< one printable line, without content
    std::string subject = {};  ///< the same for messages that are alike
};

/// Which message it is, in words that follow those on what is wrong with it.
std::string origin_of(std::string_view routing_key, std::string_view message_id,
                      std::string_view exchange = {});

/// Makes `job` the call of a handler with the message that came from the queue `source`; what
/// memory `job` has is used again. @return a poison, if it is one; `job` is then as good as blank
std::optional<Poison> interpret(const amqp::Delivery& delivery, Source source, DeliveryToken token,
                                const PayloadLimits& limits, Job& job);

/// Reads a message of ours that came back. Content that cannot be read is null.
ReturnedMessage interpret_returned(const amqp::Returned& returned, const PayloadLimits& limits);

}  // namespace eventail::bus
