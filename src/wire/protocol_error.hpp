// The reply codes of AMQP 0-9-1 (section 1.5.2.3 of its reference) as RabbitMQ uses them, and the
// one exception for a peer that breaks the protocol: caught once per connection, sent as a close.
// Incomplete input is never an error.
#pragma once

#include "wire/method_id.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace eventail::wire {

enum class ReplyCode : std::uint16_t {
    success = 200,
    content_too_large = 311,
    no_route = 312,
    no_consumers = 313,
    connection_forced = 320,
    invalid_path = 402,
    access_refused = 403,
    not_found = 404,
    resource_locked = 405,
    precondition_failed = 406,
    frame_error = 501,
    syntax_error = 502,
    command_invalid = 503,
    channel_error = 504,
    unexpected_frame = 505,
    resource_error = 506,
    not_allowed = 530,
    not_implemented = 540,
    internal_error = 541,
};

/// The code's name in capitals as RabbitMQ prints it ("NOT_FOUND"); "UNKNOWN" for any other number.
const char* name(ReplyCode code);

/// True if the code closes the connection, false if it closes only the channel.
bool is_hard(ReplyCode code);

/// A peer sent something malformed. `what()` fits into the reply text of a close.
class ProtocolError : public std::runtime_error {
public:
    ProtocolError(ReplyCode code, const std::string& text,
                  std::optional<MethodId> method = std::nullopt)
        : std::runtime_error(text), code_(code), method_(method) {}

    ReplyCode code() const { return code_; }

    /// The method that was being read, if already known.
    const std::optional<MethodId>& method() const { return method_; }

private:
    ReplyCode code_;
    std::optional<MethodId> method_;
};

}  // namespace eventail::wire
