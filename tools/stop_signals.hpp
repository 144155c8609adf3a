// Waits for a signal to stop.
#pragma once

#include <signal.h>

#include <string_view>

namespace eventail::tools {

/// Takes over SIGINT, SIGTERM and SIGHUP, in this thread and in all threads started later: create
/// it before any other thread. Ignores SIGPIPE, so a reader that goes away does not stop the
/// program.
class StopSignals {
public:
    StopSignals();

    /// Returns the name of the first signal.
    std::string_view wait() const;

private:
    sigset_t signals_ = {};
};

}  // namespace eventail::tools
