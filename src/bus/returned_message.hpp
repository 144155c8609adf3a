// Makes our messages in the outbox readable again, for handle_returned_message().
#pragma once

#include "wire/buffer.hpp"
#include <eventail/message.hpp>

#include <cstdint>
#include <string_view>

namespace eventail::bus {

/// Reads a message from its own frames, as if the broker had returned it by basic.return.
ReturnedMessage read_back(wire::Bytes frames, std::uint16_t reply_code, std::string_view reply_text,
                          const PayloadLimits& limits);

/// The destination of the message in these frames. Views into `frames`.
struct Route {
    std::string_view exchange = {};
    std::string_view key = {};
};
Route route_of(wire::Bytes frames);

}  // namespace eventail::bus
