// eventail broker: the embedded broker as a program.
#pragma once

#include "tools/job.hpp"

namespace CLI {
class App;
}

namespace eventail::tools {

void add_broker(CLI::App& app, Job& job);

}  // namespace eventail::tools
