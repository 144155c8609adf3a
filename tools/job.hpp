// What a subcommand leaves behind when the command line has been read.
#pragma once

#include <functional>

namespace eventail::tools {

/// Does the work and returns the exit status; throws what went wrong.
using Job = std::function<int()>;

}  // namespace eventail::tools
