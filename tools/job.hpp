// The work that a subcommand does after the command line has been read.
#pragma once

#include <functional>

namespace eventail::tools {

/// Does the work and returns the exit status; throws if it fails.
using Job = std::function<int()>;

}  // namespace eventail::tools
