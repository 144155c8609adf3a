// One deadline for a whole operation, which its steps share. Pure: the clock is passed in.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <chrono>
#include <climits>

namespace eventail::store {

class Deadline {
public:
    Deadline(Duration timeout, TimePoint now) : at_(now + timeout) {}

    [[nodiscard]] TimePoint at() const { return at_; }
    [[nodiscard]] bool has_passed(TimePoint now) const { return now >= at_; }
    [[nodiscard]] Duration remaining(TimePoint now) const {
        return std::max(at_ - now, Duration::zero());
    }
    /// For poll(): rounded up, so that it does not spin through the last millisecond.
    [[nodiscard]] int remaining_ms(TimePoint now) const {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(remaining(now)).count();
        return static_cast<int>(std::min<std::chrono::milliseconds::rep>(left, INT_MAX));
    }
    /// What the next step may take when it is one of `steps` that are still to come: an equal
    /// share, so that one that hangs leaves time for the others.
    [[nodiscard]] Deadline share(std::size_t steps, TimePoint now) const {
        return {remaining(now) / static_cast<Duration::rep>(steps), now};
    }

private:
    TimePoint at_;
};

}  // namespace eventail::store
