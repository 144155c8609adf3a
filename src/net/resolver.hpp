// Names to addresses. getaddrinfo() blocks for as long as it likes, so it runs in a thread of its
// own that can be left behind; an eventfd says when it is done. The order of the addresses is that
// of RFC 6724 with the families taking turns, so that one broken family costs one timeout.
#pragma once

#include "net/file_descriptor.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace eventail::net {

/// The address of a TCP port.
struct Address {
    sockaddr_storage storage = {};
    socklen_t length = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }
};

/// For people: "127.0.0.1", "::1". Without the port.
[[nodiscard]] std::string to_text(const Address& address);

/// What a name led to: addresses, or why there are none.
struct Resolution {
    std::vector<Address> addresses = {};  ///< at most 16
    std::string failure = {};
};

/// Takes turns between the families, beginning with that of the first, and drops what is repeated.
[[nodiscard]] std::vector<Address> interleaved(const std::vector<Address>& addresses);

/// One lookup at a time. Dropping or restarting it leaves a lookup that hangs to itself.
class Resolver {
public:
    /// Starts looking up. Never blocks. @return whether it is done already, without a thread: for
    /// a literal address, or when the system has no thread or descriptor left
    bool start(const std::string& host, std::uint16_t port);

    /// Readable once is_done(). −1 when nothing was started.
    int fd() const;
    bool is_done() const;
    /// What was found, once is_done(). The resolver is idle then.
    Resolution take();
    void reset() { lookup_.reset(); }

private:
    struct Lookup;
    std::shared_ptr<Lookup> lookup_;
};

}  // namespace eventail::net
