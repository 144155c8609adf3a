// Explains why the broker closed a channel on which we declared or consumed: whether another try
// could succeed, and what a person can do.
#pragma once

#include "wire/protocol_error.hpp"
#include <eventail/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace eventail::bus {

/// The broker permanently refuses something we need.
struct Refusal {
    wire::ReplyCode code = wire::ReplyCode::access_refused;
    std::string text = {};  ///< in the broker's words

    Errc error() const;
    /// One line: the url, the broker's words, what to do.
    std::string explain(const std::string& url_name) const;
};

/// What a person can do about something that the broker refuses for now, to follow its words. Empty
/// if there is nothing to say.
std::string_view remedy(std::string_view text);

/// A refusal, unless the next try may succeed: after a reached limit, or a queue that is locked, in
/// exclusive use or vanished.
std::optional<Refusal> refusal_for_good(wire::ReplyCode code, std::string_view text);

}  // namespace eventail::bus
