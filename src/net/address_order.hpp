// Decides in which order to try a host's addresses: in resolver order, except that a failed one
// goes behind the others for a while. Pure: the clock is passed in.
#pragma once

#include "base/time.hpp"
#include "net/address.hpp"

#include <vector>

namespace eventail::net {

class AddressOrder {
public:
    /// How long a failed address stays behind the others.
    static constexpr Duration time_at_the_end = std::chrono::minutes{1};

    /// Connecting to it failed, or its server was of no use.
    void failed(const Address& address, TimePoint now);

    /// The same addresses, with recently failed ones at the end, the latest failure last.
    [[nodiscard]] std::vector<Address> sorted(const std::vector<Address>& addresses, TimePoint now);

private:
    struct Failure {
        Address address = {};
        TimePoint at = {};
    };

    std::vector<Failure> failures_;  // in the order of failure, each address once
};

}  // namespace eventail::net
