// Something to tell, to be logged by the shell.
#pragma once

#include "base/time.hpp"
#include <eventail/log.hpp>

#include <string>

namespace eventail::bus {

struct Notice {
    Severity severity = Severity::info;
    std::string text = {};
    std::string conversation_id = {};
    TimePoint at = {};  ///< when it happened
};

}  // namespace eventail::bus
