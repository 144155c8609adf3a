// Errors of the core, with RabbitMQ's reply codes and texts.
#pragma once

#include "wire/protocol_error.hpp"

#include <string>
#include <string_view>

namespace eventail::broker {

/// Throws wire::ProtocolError. Its text begins with the code's name ("NOT_FOUND - ...") and is cut
/// to fit into a close.
[[noreturn]] void refuse(wire::ReplyCode code, std::string_view text);

/// A queue or exchange in a virtual host, as RabbitMQ names it.
struct ResourceName {
    std::string_view kind = {};  ///< "queue" or "exchange".
    std::string_view name = {};
    std::string_view host = {};
};

/// Like `queue 'x' in vhost '/'`.
std::string to_text(const ResourceName& resource);

/// Joins texts: `text("no ", to_text(resource))`.
template <typename... Parts>
std::string text(const Parts&... parts) {
    std::string whole;
    (whole.append(parts), ...);
    return whole;
}

[[noreturn]] void refuse_missing(const ResourceName& resource);

}  // namespace eventail::broker
