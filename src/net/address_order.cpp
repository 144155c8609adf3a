#include "net/address_order.hpp"

#include <algorithm>

namespace eventail::net {

void AddressOrder::failed(const Address& address, TimePoint now) {
    std::erase_if(failures_, [&](const Failure& each) { return each.address == address; });
    failures_.push_back({.address = address, .at = now});
}

std::vector<Address> AddressOrder::sorted(const std::vector<Address>& addresses, TimePoint now) {
    std::erase_if(failures_, [&](const Failure& each) { return now >= each.at + time_at_the_end; });
    std::vector<Address> result;
    for (const Address& address : addresses) {
        const bool has_failed =
            std::ranges::find(failures_, address, &Failure::address) != failures_.end();
        if (!has_failed) result.push_back(address);
    }
    for (const Failure& failure : failures_) {
        if (std::ranges::find(addresses, failure.address) != addresses.end()) {
            result.push_back(failure.address);
        }
    }
    return result;
}

}  // namespace eventail::net
