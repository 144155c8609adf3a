// A host name to the addresses of a port, without blocking. The order of the addresses is that of
// RFC 6724 with the families taking turns, so that one broken family costs one timeout.
#pragma once

#include "net/address.hpp"
#include "net/lookups.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace eventail::net {

/// Takes turns between the families, beginning with that of the first, and drops what is repeated.
[[nodiscard]] std::vector<Address> interleaved(const std::vector<Address>& addresses);

/// Asks the system. Blocks.
[[nodiscard]] Resolution look_up(const std::string& host, std::uint16_t port);

/// One look-up at a time. Dropping or restarting it leaves one that hangs to itself.
class Resolver {
public:
    /// Without `lookups`: those of this process.
    explicit Resolver(Lookups* lookups = nullptr) : lookups_(lookups) {}

    /// Starts looking up. Never blocks. @return whether it is done already, without a thread: for
    /// a literal address, or when the system has no thread or descriptor left
    bool start(const std::string& host, std::uint16_t port);

    /// Readable once is_done(). −1 when nothing was started.
    int fd() const { return waiter_ ? waiter_->fd() : -1; }
    bool is_done() const { return waiter_ && waiter_->is_done(); }
    /// What was found, once is_done(). The resolver is idle then.
    Resolution take();
    void reset() { waiter_.reset(); }

private:
    Lookups* lookups_;
    std::shared_ptr<Waiter> waiter_;
};

}  // namespace eventail::net
