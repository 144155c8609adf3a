// Ends a subcommand that acts when a signal comes (^C), wherever it waits.
#pragma once

#include <signal.h>

#include <functional>
#include <string>

namespace eventail::tools {

/// Takes SIGINT, SIGTERM and SIGHUP for itself, in this thread and in those started from now on:
/// make it before any other thread. When one comes, says `account()` on standard error, if that is
/// not empty, and ends the process with 128 plus the number of the signal. A signal that was
/// ignored before stays so.
class Interruption {
public:
    /// Called in a thread of its own.
    explicit Interruption(std::function<std::string()> account);
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;
    ~Interruption() = default;
};

}  // namespace eventail::tools
