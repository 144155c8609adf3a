// `eventail publish-event` and `eventail publish-configuration`.
#pragma once

#include "tools/connection.hpp"
#include "tools/job.hpp"

namespace CLI {
class App;
}

namespace eventail::tools {

void add_publish_event(CLI::App& app, ConnectionArguments& connection, Job& job);
void add_publish_configuration(CLI::App& app, ConnectionArguments& connection, Job& job);

}  // namespace eventail::tools
