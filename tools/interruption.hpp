// What a signal to stop (^C) does to a subcommand, wherever it waits.
#pragma once

#include <functional>
#include <string>

namespace eventail::tools {

/// Takes SIGINT, SIGTERM and SIGHUP, in this thread and in those started from now on: call it
/// before any other thread is made. `act` is called for each that comes, with its number, in a
/// thread of its own. A signal that was ignored before stays so.
void on_stop_signal(std::function<void(int)> act);

/// The same: says `account()` on standard error and ends the process with 128 plus the number.
void end_on_stop_signal(std::function<std::string()> account);

}  // namespace eventail::tools
