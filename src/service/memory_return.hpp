// Decides when a burst's memory goes back to the system. The allocator keeps freed memory: after an
// alarm, during which large messages gathered, that may be all of max_outbox_bytes, for good. The
// clock is passed in.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <cstddef>

namespace eventail::service {

class MemoryReturn {
public:
    /// Less is not worth the page faults when the memory is needed again.
    static constexpr std::size_t least_bytes = 16u << 20;
    static constexpr Duration pause = std::chrono::seconds{10};

    /// Notes the memory held now. @return whether most of a burst has been freed. Costs next to
    /// nothing.
    bool has_ebbed(std::size_t held_bytes) {
        peak_bytes_ = std::max(peak_bytes_, held_bytes);
        return peak_bytes_ >= least_bytes && held_bytes <= peak_bytes_ / 4;
    }

    /// After that: whether to return memory now. Limits how often.
    bool is_due(TimePoint now) {
        if (now < not_before_) return false;
        not_before_ = now + pause;
        peak_bytes_ = 0;
        return true;
    }

private:
    std::size_t peak_bytes_ = 0;
    TimePoint not_before_ = TimePoint::min();
};

}  // namespace eventail::service
