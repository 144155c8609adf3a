// What the broker said when it closed a channel on which we declared or consumed: whether another
// try could end otherwise, and what a person can do about it.
#pragma once

#include "wire/protocol_error.hpp"
#include <eventail/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace eventail::bus {

/// The broker refuses for good what we need.
struct Refusal {
    wire::ReplyCode code = wire::ReplyCode::access_refused;
    std::string text = {};  ///< the broker's

    Errc error() const;
    /// One line: the url, the broker's words, what to do.
    std::string explain(const std::string& url_name) const;
};

/// A refusal, unless it may be over at the next try: a limit that is reached, a queue that is
/// locked or vanished.
std::optional<Refusal> refusal_for_good(wire::ReplyCode code, std::string_view text);

}  // namespace eventail::bus
