// `eventail monitor`: shows messages as they cross the bus.
#pragma once

#include "tools/connection.hpp"
#include "tools/job.hpp"

namespace CLI {
class App;
}

namespace eventail::tools {

void add_monitor(CLI::App& app, ConnectionArguments& connection, Job& job);

}  // namespace eventail::tools
