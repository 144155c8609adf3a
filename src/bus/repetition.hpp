// Limits how often frequent events are reported: each one at once, then at most once a second, with
// a count. Pure: the clock is passed in.
#pragma once

#include "base/time.hpp"
#include "bus/notice.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace eventail::bus {

class Repetition {
public:
    static constexpr Duration pause = std::chrono::seconds{1};
    /// Beyond this number in a second, all further subjects count as one.
    static constexpr std::size_t most_subjects = 50;

    /// Returns the notice if it may be reported now; otherwise counts it. `subject` is equal for
    /// notices that mean the same to a reader.
    std::optional<Notice> filter(const std::string& subject, Notice notice, TimePoint now);

    /// The due counts, or with `all` every count.
    std::vector<Notice> take_due(TimePoint now, bool all = false);
    std::optional<TimePoint> next_deadline() const;

private:
    struct Subject {
        TimePoint due = {};
        std::size_t withheld = 0;
        Notice latest = {};
        bool is_mixed = false;
    };

    std::map<std::string, Subject> subjects_;
};

}  // namespace eventail::bus
