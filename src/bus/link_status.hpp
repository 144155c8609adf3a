// A link, as worker and sender see it: its progress, and its url.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace eventail::bus {

enum class LinkState : std::uint8_t { idle, connecting, up };

/// Describes the present or last attempt to connect.
struct LinkStatus {
    LinkState state = LinkState::idle;
    std::size_t url = 0;
    bool was_usable = false;  ///< at any time

    /// @return `to`
    std::size_t attempt(std::size_t to) {
        *this = {.state = LinkState::connecting, .url = to};
        return to;
    }
    bool is_usable() const { return state == LinkState::up && was_usable; }
    /// The name for its end.
    std::string loss() const { return was_usable ? "connection lost" : "connection not made"; }
};

}  // namespace eventail::bus
