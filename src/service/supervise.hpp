// Runs a service until it stops for good.
#pragma once

#include <eventail/supervisor.hpp>

namespace eventail::service {

class Runtime;

/// The work of eventail::supervise(), with that service's runtime.
int supervise(Runtime& runtime);

}  // namespace eventail::service
