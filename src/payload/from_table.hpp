// A field table of AMQP as content: message headers for handlers and tests.
#pragma once

#include "wire/table_view.hpp"
#include <eventail/payload.hpp>

#include <string_view>

namespace eventail::payload {

/// A map of the fields whose names `is_wanted`. Text that is not UTF-8 becomes binary; a field
/// whose name is not UTF-8 is left out.
Payload from_table(wire::TableView table, bool (*is_wanted)(std::string_view name));

}  // namespace eventail::payload
