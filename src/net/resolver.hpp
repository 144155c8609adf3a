// Resolves a host name and a port to addresses, without blocking. Orders them by RFC 6724, but
// alternates families, so that one broken family costs only one timeout.
#pragma once

#include "net/address.hpp"
#include "net/lookups.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace eventail::net {

/// Alternates between the families, beginning with that of the first address, and drops duplicates.
[[nodiscard]] std::vector<Address> interleaved(const std::vector<Address>& addresses);

/// Asks the system. Blocks.
[[nodiscard]] Resolution look_up(const std::string& host, std::uint16_t port);

/// One look-up at a time. Dropping or restarting it abandons a look-up that hangs.
class Resolver {
public:
    /// Without `lookups`: that of this process.
    explicit Resolver(Lookups* lookups = nullptr) : lookups_(lookups) {}

    /// Starts a look-up. Never blocks. @return whether it is already done, without a thread: for a
    /// literal address, or when the system has no thread or descriptor left
    bool start(const std::string& host, std::uint16_t port);

    /// Readable once is_done(). −1 before start().
    int fd() const { return waiter_ ? waiter_->fd() : -1; }
    bool is_done() const { return waiter_ && waiter_->is_done(); }
    /// The result, once is_done(). Makes the resolver idle.
    Resolution take();
    void reset() { waiter_.reset(); }

private:
    Lookups* lookups_;
    std::shared_ptr<Waiter> waiter_;
};

}  // namespace eventail::net
