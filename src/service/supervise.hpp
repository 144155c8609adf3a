// Runs a service until it stops for good.
#pragma once

#include <eventail/supervisor.hpp>

namespace eventail::service {

class Runtime;

/// What eventail::supervise() does, with the runtime of that service.
int supervise(Runtime& runtime);

}  // namespace eventail::service
