// Runs a service again after each lost connection.
#pragma once

#include <eventail/supervisor.hpp>

namespace eventail::service {

class Runtime;

/// What eventail::supervise() does, with the runtime of that service.
int supervise(Service& face, Runtime& runtime);

}  // namespace eventail::service
