// The workloads of the limit program. Each prints its measurement.
#pragma once

#include "arguments.hpp"

namespace eventail::bench {

/// Writes the body of the message to the standard output.
void limit_body(const Arguments& arguments);
/// Declares and empties the queue for events.
void limit_prepare(const Arguments& arguments);
/// Publishes events, at most `window` unconfirmed.
void limit_publish(const Arguments& arguments);
/// Acknowledges with `multiple`, every 64 messages or half of the prefetch count.
void limit_consume(const Arguments& arguments);
/// The same for messages of `body-bytes`, each gathered in one piece.
void limit_consume_large(const Arguments& arguments);
/// Sends commands, `outstanding` at a time, and receives results.
void limit_caller(const Arguments& arguments);
/// Answers commands until it is ended.
void limit_callee(const Arguments& arguments);

}  // namespace eventail::bench
