// One readable line for what crosses the wire, for logs and debugging. Passwords and secrets never
// appear, control characters are escaped: the text may come from a hostile peer.
#pragma once

#include "wire/methods.hpp"
#include "wire/properties.hpp"
#include "wire/table_view.hpp"

#include <string>

namespace eventail::wire {

/// Like `basic.publish exchange=events routing_key=SecondTicked`; fields that are empty, 0 or
/// false are left out, as are the reserved ones.
std::string to_text(const Method& method);

/// Like `content-header body_size=97 content_type=application/cbor headers={...}`.
std::string to_text(const ContentHeader& header);

/// Like `{count=3, nested={}, reason="went away"}`.
std::string to_text(TableView table);

}  // namespace eventail::wire
