// The headers that the bus gives a message, and the further ones that it passes to the handler.
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
// Of quorum queues. RabbitMQ 3.10 and 4.0 have the first one only.
inline constexpr std::string_view delivery_count_header = "x-delivery-count";
inline constexpr std::string_view acquired_count_header = "x-acquired-count";

/// The text of a conversation id. An integer becomes decimal text; void and other values that
/// cannot be an id become empty.
void read_id(const wire::FieldView& field, std::string& id);

/// Every header except `conversation_id` and `status`, as a map. Text that is not UTF-8 becomes
/// binary; a header whose name is not UTF-8 is left out.
Payload further_headers(wire::TableView headers);

}  // namespace eventail::bus
