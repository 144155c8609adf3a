// One effort to connect, as part of a try to publish: each url once in turn, repeated a given
// number of times, a second apart. The rota chooses the url.
#pragma once

#include "base/assert.hpp"
#include "base/time.hpp"

#include <cstddef>

namespace eventail::bus {

class ConnectRounds {
public:
    ConnectRounds(std::size_t urls, unsigned more_rounds)
        : urls_(urls), more_rounds_(more_rounds) {}

    bool is_under_way() const { return is_under_way_; }
    void begin() {
        is_under_way_ = true;
        attempts_left_ = urls_;
        rounds_left_ = more_rounds_;
    }
    /// The effort succeeded, or is not worth more attempts.
    void end() { is_under_way_ = false; }

    /// @return whether that was the last attempt: the effort has failed
    bool attempt_failed(TimePoint now) {
        EVENTAIL_ASSERT(is_under_way_ && attempts_left_ > 0, "attempts belong to an effort");
        if (--attempts_left_ > 0) return false;
        if (rounds_left_ == 0) {
            end();
            return true;
        }
        --rounds_left_;
        attempts_left_ = urls_;
        not_before_ = now + std::chrono::seconds{1};
        return false;
    }

    /// The earliest time of the next attempt.
    TimePoint not_before() const { return is_under_way_ ? not_before_ : TimePoint::min(); }

private:
    std::size_t urls_;
    unsigned more_rounds_;
    bool is_under_way_ = false;
    std::size_t attempts_left_ = 0;
    unsigned rounds_left_ = 0;
    TimePoint not_before_ = TimePoint::min();
};

}  // namespace eventail::bus
