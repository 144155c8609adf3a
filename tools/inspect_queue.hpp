// `eventail inspect-queue`: looks at messages in a queue, and leaves them there.
#pragma once

#include "tools/bus/bus_message.hpp"
#include "tools/connection.hpp"
#include "tools/job.hpp"

#include <cstdint>

namespace CLI {
class App;
}

namespace eventail::tools {

void add_inspect_queue(CLI::App& app, ConnectionArguments& connection, Job& job);

/// How often a quorum queue had delivered the message before; 0 in other queues.
[[nodiscard]] std::uint64_t delivery_count_of(const BusMessage& message);

/// Whether a few more looks may make a quorum queue drop or dead-letter the message.
[[nodiscard]] bool is_near_delivery_limit(std::uint64_t delivery_count,
                                          std::uint64_t delivery_limit);

}  // namespace eventail::tools
