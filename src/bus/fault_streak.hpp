// Connections that end again and again by the same fault. A message may be behind it: it comes
// again at once on the next connection, under another delivery tag, so its queue is all that can be
// known of it.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace eventail::bus {

/// Why a connection ended, if the broker or we closed it for an error: not one that was cut.
struct ConnectionFault {
    std::string url_name = {};
    std::string text = {};   ///< one line
    std::string queue = {};  ///< whose message came last; empty: none came
};

/// Counts connections that worked and then ended, one after the other, by the same fault: its texts
/// differ in numbers only.
class FaultStreak {
public:
    /// One that worked has ended, after so long.
    void ended(const std::optional<ConnectionFault>& fault, Duration lasted);

    unsigned count() const { return count_; }
    /// So many that the next connection has to wait, although the last one worked.
    bool is_long() const { return count_ >= 3; }
    /// One line for people: which connection ended how often and why, and what can be done.
    /// @param connection like "consuming"
    std::string text(std::string_view connection, Duration pause) const;

private:
    unsigned count_ = 0;
    std::string kind_;
    ConnectionFault last_;
};

}  // namespace eventail::bus
