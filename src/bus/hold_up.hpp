// Why published messages are not being confirmed.
#pragma once

#include <cstdint>
#include <string_view>

namespace eventail::bus {

enum class HoldUp : std::uint8_t { nothing, no_connection, alarm, refusing_queue };

/// For people.
constexpr std::string_view explain(HoldUp hold_up) {
    switch (hold_up) {
        case HoldUp::nothing: break;
        case HoldUp::no_connection: return "there is no connection to publish on";
        case HoldUp::alarm: return "the broker has an alarm and accepts no messages";
        case HoldUp::refusing_queue:
            return "a queue refuses messages; the log names the exchange and the key";
    }
    return "the broker confirms more slowly than messages are published";
}

}  // namespace eventail::bus
