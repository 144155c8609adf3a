// The library's own log on standard error.
#pragma once

#include <string>

namespace eventail::tools {

/// Keeps it from standard error: a subcommand says in its own words what failed. Call it once,
/// before the library logs.
void silence_local_log();

/// The last warning or error that was kept back; empty: none. From any thread.
[[nodiscard]] std::string last_complaint();

}  // namespace eventail::tools
