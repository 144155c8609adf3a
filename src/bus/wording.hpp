// The form of counts and durations in messages.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace eventail::bus {

/// "1 message", "2 messages".
std::string plural(std::size_t count, std::string_view what);

/// "7.3 s", "12 min", "5.0 h".
std::string duration_text(Duration duration);

}  // namespace eventail::bus
