// The headers of a message on the bus, and those that are handed through to the handler.
#pragma once

#include "wire/table_view.hpp"
#include <eventail/payload.hpp>

#include <string>
#include <string_view>

namespace eventail::bus {

inline constexpr std::string_view conversation_header = "conversation_id";
inline constexpr std::string_view status_header = "status";
inline constexpr std::string_view status_success = "success";
inline constexpr std::string_view status_error = "error";

/// The text of a conversation id. An integer is its decimal text; void, and what is no scalar that
/// an id could be, is empty.
void read_id(const wire::FieldView& field, std::string& id);

/// Every header but `conversation_id` and `status`, as a map. Text that is no UTF-8 becomes binary;
/// a header whose name is none is left out.
Payload further_headers(wire::TableView headers);

}  // namespace eventail::bus
