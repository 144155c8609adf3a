// `eventail logger`: shows log records as services send them.
#pragma once

#include "tools/connection.hpp"
#include "tools/job.hpp"

namespace CLI {
class App;
}

namespace eventail::tools {

void add_logger(CLI::App& app, ConnectionArguments& connection, Job& job);

}  // namespace eventail::tools
