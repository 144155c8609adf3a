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

/// Where dead letters of a queue go. Without a routing key they keep theirs.
struct DeadLetterAddress {
    std::string_view exchange = {};
    const std::optional<std::string>& routing_key;
};

/// The same message, buried: one entry of x-death per queue and reason, the latest first, with a
/// count. The expiration is gone, or it would die again.
MessagePtr bury(const std::shared_ptr<MemoryGauge>& gauge, const Message& message,
                const Death& death, const DeadLetterAddress& address);

/// Whether a dead letter was in that queue before and no consumer rejected it since: it would go
/// round for ever. Also true after a thousand deaths.
bool is_in_circles(const Message& letter, std::string_view queue);

}  // namespace eventail::broker
