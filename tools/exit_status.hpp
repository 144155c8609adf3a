// The exit statuses that all subcommands share.
#pragma once

namespace eventail::tools {

inline constexpr int done = 0;         ///< everything succeeded
inline constexpr int failed = 1;       ///< something failed
inline constexpr int misused = 2;      ///< the command line, or a file that it names, is unusable
inline constexpr int signalled = 128;  ///< plus the number of the signal: 130 after ^C

}  // namespace eventail::tools
