// One readable line for everything on the wire, for logs and debugging. Leaves out passwords and
// secrets and escapes control characters: the text may come from a hostile peer.
#pragma once

#include "wire/methods.hpp"
#include "wire/properties.hpp"
#include "wire/table_view.hpp"

#include <string>

namespace eventail::wire {

/// Like `basic.publish exchange=events routing_key=SecondTicked`. Leaves out reserved fields, and
/// fields that are empty, 0 or false.
std::string to_text(const Method& method);

/// Like `content-header body_size=97 content_type=application/cbor headers={...}`.
std::string to_text(const ContentHeader& header);

/// Like `{count=3, nested={}, reason="went away"}`.
std::string to_text(TableView table);

}  // namespace eventail::wire
