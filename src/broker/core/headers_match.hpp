// How a headers exchange compares the headers of a message with the arguments of a binding.
#pragma once

#include "wire/table_view.hpp"

namespace eventail::broker {

/// Throws wire::ProtocolError (406) unless x-match is all, any, all-with-x or any-with-x.
void check_headers_binding(wire::TableView arguments);

/// Whether a message matches the binding. A void argument only requires the header to exist.
bool headers_match(wire::TableView arguments, wire::TableView headers);

}  // namespace eventail::broker
