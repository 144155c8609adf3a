// The workloads of this library, through its public face alone. Each prints its measurement.
#pragma once

#include "arguments.hpp"

namespace eventail::bench {

/// Events. `--from` leader (64 at a time, posted one after the other), ready (a loop in on_ready)
/// or thread (`--threads` of them); `--form` bytes, list or tree.
void publish(const Arguments& arguments);
/// Events: three fields read in place (`--read tree`: a tree is built), acknowledged automatically.
void consume(const Arguments& arguments);

}  // namespace eventail::bench
