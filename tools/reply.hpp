// `eventail reply`: answers commands from the shell, for development.
#pragma once

#include "tools/connection.hpp"
#include "tools/job.hpp"

namespace CLI {
class App;
}

namespace eventail::tools {

void add_reply(CLI::App& app, ConnectionArguments& connection, Job& job);

}  // namespace eventail::tools
