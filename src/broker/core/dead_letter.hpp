// Dead letters: messages with their history in the headers, as RabbitMQ writes it (x-death,
// x-first-death-reason, -queue, -exchange).
#pragma once

#include "broker/core/message.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::broker {

enum class DeathReason { rejected, expired, maxlen };

std::string_view to_text(DeathReason reason);

struct Death {
    DeathReason reason = DeathReason::rejected;
    std::string_view queue = {};
    std::chrono::sys_seconds date = {};
};

/// Where a queue sends its dead letters. Without a routing key they keep their own.
struct DeadLetterAddress {
    std::string_view exchange = {};
    const std::optional<std::string>& routing_key;
};

/// Returns the message with its death recorded: one entry of x-death per queue and reason, the
/// latest first, with a count. Removes the expiration, so that it does not expire again.
MessagePtr bury(const std::shared_ptr<MemoryGauge>& gauge, const Message& message,
                const Death& death, const DeadLetterAddress& address);

/// Whether a dead letter would circulate for ever: it was in that queue before, and no consumer has
/// rejected it since. Also true after a thousand deaths.
bool is_in_circles(const Message& letter, std::string_view queue);

}  // namespace eventail::broker
