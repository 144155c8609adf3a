// The pause before the next attempt: none at first, then doubling from 100 ms to a maximum. Each
// pause is shortened at random by up to half, so that a thousand services do not come back in step.
// While nobody listens, an attempt costs a packet, and the pause is a second and a half at most: a
// broker that is back is soon found.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <random>

namespace eventail::bus {

class Backoff {
public:
    Backoff(Duration max, std::uint32_t seed) : max_(max), random_(seed) {}

    Duration next() { return next_up_to(max_); }
    /// Nobody listened. Counts as an attempt all the same.
    Duration next_after_refusal() { return next_up_to(std::min(max_, max_after_refusal_)); }

    /// An attempt succeeded: the next one is immediate again.
    void reset() { attempts_ = 0; }
    /// An attempt succeeded, but not for long: the next one waits a little.
    void reset_to_first_pause() { attempts_ = 1; }

private:
    static constexpr Duration first_ = std::chrono::milliseconds{100};
    static constexpr Duration max_after_refusal_ = std::chrono::milliseconds{1500};

    Duration next_up_to(Duration max) {
        if (attempts_++ == 0) return Duration::zero();
        const unsigned doublings = std::min(attempts_ - 2, 20u);
        const Duration full = std::min<Duration>(max, first_ * (1u << doublings));
        return full / 2 + full / 2 * (random_() % 1024) / 1023;
    }

    Duration max_;
    std::minstd_rand random_;
    unsigned attempts_ = 0;
};

}  // namespace eventail::bus
