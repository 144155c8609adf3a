#include "store/sentinels.hpp"

#include <algorithm>

namespace eventail::store {

void SentinelOrder::was_right(const HostAndPort& sentinel) {
    const auto at = std::ranges::find(sentinels_, sentinel);
    if (at != sentinels_.end()) std::rotate(sentinels_.begin(), at, at + 1);
}

void SentinelOrder::was_no_help(const HostAndPort& sentinel) {
    const auto at = std::ranges::find(sentinels_, sentinel);
    if (at != sentinels_.end()) std::rotate(at, at + 1, sentinels_.end());
}

}  // namespace eventail::store
