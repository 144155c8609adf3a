// `eventail context`: names brokers.
#pragma once

#include "tools/job.hpp"

namespace CLI {
class App;
}

namespace eventail::tools {

void add_context(CLI::App& app, Job& job);

}  // namespace eventail::tools
