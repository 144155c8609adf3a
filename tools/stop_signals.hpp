// Waits for a signal to stop.
#pragma once

#include <signal.h>

#include <string_view>

namespace eventail::tools {

/// Takes SIGINT, SIGTERM and SIGHUP for itself, in this thread and in those started from now on;
/// make it before any other thread. A reader that goes away (SIGPIPE) stops nobody.
class StopSignals {
public:
    StopSignals();

    /// The name of the first that comes.
    std::string_view wait() const;

private:
    sigset_t signals_ = {};
};

}  // namespace eventail::tools
