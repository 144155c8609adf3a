// Counts connections that keep ending with the same fault. A message may cause it: it comes again
// at once on the next connection, under another delivery tag, so only its queue is known.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace eventail::bus {

/// Why a connection ended, if the broker or we closed it for an error; not for a cut connection.
struct ConnectionFault {
    std::string url_name = {};
    std::string text = {};   ///< one line
    std::string queue = {};  ///< of the last message; empty: none came
};

/// Counts consecutive connections that worked and then ended with the same fault: its texts differ
/// only in numbers.
class FaultStreak {
public:
    /// A connection that worked has ended after `lasted`.
    void ended(const std::optional<ConnectionFault>& fault, Duration lasted);

    unsigned count() const { return count_; }
    /// So many that the next connection must wait, although the last one worked.
    bool is_long() const { return count_ >= 3; }
    /// One line for people: which connection ended, how often, why, and what to do. @param
    /// connection like "consuming"
    std::string text(std::string_view connection, Duration pause) const;

private:
    unsigned count_ = 0;
    std::string kind_;
    ConnectionFault last_;
};

}  // namespace eventail::bus
