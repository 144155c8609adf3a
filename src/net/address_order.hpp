// In which order the addresses of a host are tried: as they were resolved, but one that failed goes
// behind the others for a while. Pure: the clock is passed in.
#pragma once

#include "base/time.hpp"
#include "net/address.hpp"

#include <vector>

namespace eventail::net {

class AddressOrder {
public:
    /// For so long an address that failed stays behind those that did not.
    static constexpr Duration time_at_the_end = std::chrono::minutes{1};

    /// It could not be connected to, or what answered there was of no use.
    void failed(const Address& address, TimePoint now);

    /// The same addresses, those that failed lately at the end, the latest last.
    [[nodiscard]] std::vector<Address> sorted(const std::vector<Address>& addresses, TimePoint now);

private:
    struct Failure {
        Address address = {};
        TimePoint at = {};
    };

    std::vector<Failure> failures_;  // in the order of their happening, each address once
};

}  // namespace eventail::net
