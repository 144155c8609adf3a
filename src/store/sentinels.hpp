// Which Sentinel is asked first: the one that knew the master the last time. Pure.
#pragma once

#include "store/address.hpp"

#include <vector>

namespace eventail::store {

class SentinelOrder {
public:
    explicit SentinelOrder(std::vector<HostAndPort> sentinels) : sentinels_(std::move(sentinels)) {}

    [[nodiscard]] const std::vector<HostAndPort>& all() const { return sentinels_; }
    /// It led to the master: it comes first from now on.
    void was_right(const HostAndPort& sentinel);
    /// It did not help: it comes last from now on.
    void was_no_help(const HostAndPort& sentinel);

private:
    std::vector<HostAndPort> sentinels_;
};

}  // namespace eventail::store
