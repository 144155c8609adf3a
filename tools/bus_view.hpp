// Shows what crosses the bus. Two threads: one always reads, so that the broker's queue never
// grows; the other writes, as fast as the terminal goes. A ring between them keeps the newest, and
// messages that had to leave it are counted.
#pragma once

#include "tools/bus/bus_message.hpp"
#include "tools/bus/watch.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace eventail::tools {

struct BusView {
    std::string connection_name = {};
    std::vector<std::string> urls = {};
    std::vector<Binding> bindings = {};
    /// Called by the reader: whether the message is one to show.
    std::function<bool(const BusMessage&, const Content&)> selects = {};
    /// Called by the writer, in the order of arrival: the line. May throw, which ends the view.
    std::function<std::string(const BusMessage&, const Content&)> line = {};
    std::uint64_t count = 0;  ///< end after so many; 0: never
    bool has_json_output = false;
};

/// Until a signal to stop, or after `count` messages. @return the exit status
/// @throws Error, ClosedPipe
int show_bus(const BusView& view);

}  // namespace eventail::tools
