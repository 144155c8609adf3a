// How many times to try a blocking publication, and the pauses: none, one second, two …, at most
// thirty.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <optional>

namespace eventail::bus {

class TryCount {
public:
    /// Nothing: tries for ever.
    explicit TryCount(std::optional<unsigned> max_retries) : max_retries_(max_retries) {}

    /// A try has failed. @return the pause before the next one; nothing after the last
    std::optional<Duration> failed() {
        ++failures_;
        if (max_retries_ && failures_ > *max_retries_) return std::nullopt;
        return std::min<Duration>(std::chrono::seconds{failures_ - 1}, max_pause_);
    }

    unsigned failures() const { return failures_; }
    bool is_limited() const { return max_retries_.has_value(); }

private:
    static constexpr Duration max_pause_ = std::chrono::seconds{30};

    std::optional<unsigned> max_retries_;
    unsigned failures_ = 0;
};

}  // namespace eventail::bus
