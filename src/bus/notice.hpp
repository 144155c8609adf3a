// A message for the shell to log.
#pragma once

#include "base/time.hpp"
#include <eventail/log.hpp>

#include <string>

namespace eventail::bus {

struct Notice {
    Severity severity = Severity::info;
    std::string text = {};
    std::string conversation_id = {};
    TimePoint at = {};  ///< time of the event
};

}  // namespace eventail::bus
