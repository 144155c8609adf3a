// A schedule of occurrences: everything that a seed decides beforehand. Plain data, so that
// occurrences can be removed until only those necessary for a failure remain.
#pragma once

#include "simulation/dice.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::simulation {

enum class Kind : std::uint8_t {
    publish,
    cut_link,
    freeze_link,
    slow_link,
    restart_broker,
    refuse_connections,
    alarm,
    withhold_confirms,
    nack_confirms,
    delay_confirms,
    reorder_confirms,
    cut_amid_frames,
    mark_redelivered,
    close_channels,
    close_connection,
    cancel_consumers,
    delete_queue,
    fill_queues,
    stop,
    reconnect,
    crash,
    forget,
    purge_queue,
    limit_deliveries
};
inline constexpr std::size_t kinds = static_cast<std::size_t>(Kind::limit_deliveries) + 1;

std::string_view name_of(Kind kind);

struct Occurrence {
    Duration at = {};
    Kind kind = Kind::publish;
    std::uint64_t detail = 0;  ///< which, how long, how: drawn from it
};

/// A process that runs a service.
struct Role {
    std::string service = {};
    std::vector<std::string> event_keys = {};
    std::vector<std::string> command_keys = {};
    std::vector<std::string> config_keys = {};
    bool has_exclusive_queues = false;
    bool acknowledges_by_hand = false;
    std::uint16_t prefetch_count = 3;
    std::size_t handler_threads = 1;
    bool derives_ids = false;
    bool is_supervised =
        false;  ///< else a run ends when its connection is lost, and no other follows
    bool has_functions = false;  ///< timers and posted functions
};

struct Schedule {
    std::uint64_t seed = 0;
    std::vector<Role> roles = {};
    std::chrono::seconds heartbeat{10};
    std::uint32_t frame_max = 131072;
    std::chrono::seconds drain_timeout{10};
    bool has_failing_handlers = true;
    /// Some messages have content headers beyond their consumer's frame_max, and some beyond
    /// max_header_bytes.
    bool has_large_headers = false;
    /// Calls of user code that outlast outages.
    bool has_long_calls = false;
    std::vector<Occurrence> occurrences = {};  ///< in the order of time
};

Schedule schedule_of(std::uint64_t seed);

/// One line for each occurrence.
std::string to_text(const Schedule& schedule);

}  // namespace eventail::simulation
