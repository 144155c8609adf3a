// What the library itself has to say on standard error.
#pragma once

namespace eventail::tools {

/// Nothing: a subcommand says in its own words what failed. Call it before the library logs.
void silence_local_log();

}  // namespace eventail::tools
