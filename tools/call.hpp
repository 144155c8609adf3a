// `eventail call`, also named `send-command`: sends a command and waits for its result.
#pragma once

#include "tools/connection.hpp"
#include "tools/job.hpp"

namespace CLI {
class App;
}

namespace eventail::tools {

void add_call(CLI::App& app, ConnectionArguments& connection, Job& job);

}  // namespace eventail::tools
