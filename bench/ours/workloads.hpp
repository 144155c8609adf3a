// The workloads of this library, through its public face alone. Each prints its measurement.
#pragma once

#include "arguments.hpp"
#include <eventail/service_options.hpp>

namespace eventail::bench {

/// Events. `--from` leader (64 at a time, posted one after the other), ready (a loop in on_ready)
/// or thread (`--threads` of them); `--form` bytes, list,
/// struct or tree.
void publish(const Arguments& arguments);
/// Events, acknowledged automatically. `--read` fields (three, in place), struct or tree (of all
/// fields). Handlers wait `--wait-us` each.
void consume(const Arguments& arguments);
/// Sends commands, `--outstanding` at a time, and takes results.
void caller(const Arguments& arguments);
/// Answers commands until it is ended.
void callee(const Arguments& arguments);
/// Publishes with an Endpoint from `--threads` threads, each waiting for its confirms.
void endpoint(const Arguments& arguments);
/// From the start of run() to on_ready, one service after the other.
void connect(const Arguments& arguments);
/// Timers that are set at once and come due one after the other.
void timers(const Arguments& arguments);
/// A service that has nothing to do.
void idle(const Arguments& arguments);
/// As many idle services in one process.
void scale(const Arguments& arguments);
/// `--messages` of one thing, `--of` which: bench/growth runs it with more and more of them.
void growth(const Arguments& arguments);
/// The embedded broker, until it is ended.
void broker(const Arguments& arguments);

/// What all services here have in common: broker, name, `--prefetch`, `--handler-threads`.
ServiceOptions service_options(const Arguments& arguments);

}  // namespace eventail::bench
