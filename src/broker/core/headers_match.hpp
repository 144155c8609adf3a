// How a headers exchange compares the headers of a message with the arguments of a binding.
#pragma once

#include "wire/table_view.hpp"

namespace eventail::broker {

/// Throws wire::ProtocolError (406) if x-match is none of all, any, all-with-x, any-with-x.
void check_headers_binding(wire::TableView arguments);

/// Whether a message takes the binding. A void argument asks only for the header to be there.
bool headers_match(wire::TableView arguments, wire::TableView headers);

}  // namespace eventail::broker
