// Watches the bus on a queue of its own, over as many connections as it takes.
#pragma once

#include "tools/bus/bus_message.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::tools {

struct Binding {
    std::string exchange = {};
    std::string key = {};

    bool operator==(const Binding&) const = default;
};

struct WatchOptions {
    std::vector<std::string> urls = {};
    std::string connection_name = {};
    std::vector<Binding> bindings = {};
    int wake_up = -1;  ///< a descriptor; when it can be read, watch() returns
    std::function<void(BusMessage)> take = {};
    /// One line about a connection that was made, lost, or could not be made.
    std::function<void(std::string_view)> say = {};
};

/// Blocks until woken. The queue is exclusive to the connection, and deliveries need no
/// acknowledgement: the broker keeps nothing for long that a slow reader would hold up.
/// Messages between a connection and the next are lost to it.
/// @throws Error access_refused, when a broker refuses login, virtual host or queue for good
void watch(const WatchOptions& options);

}  // namespace eventail::tools
