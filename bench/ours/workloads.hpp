// The workloads of this library, through its public interface only. Each prints its measurement.
#pragma once

#include "arguments.hpp"
#include <eventail/service_options.hpp>

namespace eventail::bench {

/// Publishes events. `--from` leader (64 at a time, posted one after the other), ready (a loop in
/// on_ready) or thread (`--threads` of them); `--form` bytes, list, struct or tree.
void publish(const Arguments& arguments);
/// Consumes events, acknowledged automatically. `--read` fields (three, in place), struct or tree
/// (of all fields). Handlers wait `--wait-us` each.
void consume(const Arguments& arguments);
/// Sends commands, `--outstanding` at a time, and receives results.
void caller(const Arguments& arguments);
/// Answers commands until killed.
void callee(const Arguments& arguments);
/// Publishes through an Endpoint from `--threads` threads, each waiting for its confirms.
void endpoint(const Arguments& arguments);
/// Measures from the start of run() to on_ready, one service after the other.
void connect(const Arguments& arguments);
/// Sets timers at once that are due one after the other.
void timers(const Arguments& arguments);
/// Runs an idle service.
void idle(const Arguments& arguments);
/// Runs many idle services in one process.
void scale(const Arguments& arguments);
/// Handles `--messages` of one thing; `--of` chooses it. bench/growth runs it with more and more.
void growth(const Arguments& arguments);
/// Runs the embedded broker until killed.
void broker(const Arguments& arguments);

/// Options that all services here share: broker, name, `--prefetch`, `--handler-threads`.
ServiceOptions service_options(const Arguments& arguments);

}  // namespace eventail::bench
