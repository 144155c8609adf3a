// Keeps what happens thousands of times a second from being said as often: the same thing is said
// at once, then at most once a second, with a count. Pure: the clock is passed in.
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
    /// More different things than that in a second are one thing.
    static constexpr std::size_t most_subjects = 50;

    /// The notice, if it is to be said now; otherwise it is counted. `subject`: the same for what
    /// is the same to a reader.
    std::optional<Notice> filter(const std::string& subject, Notice notice, TimePoint now);

    /// What was counted and is due, or, with `all`, whatever was counted.
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
