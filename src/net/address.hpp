// The address of a TCP port, as the resolver returns it and the connector takes it.
#pragma once

#include <sys/socket.h>

#include <cstring>
#include <string>

namespace eventail::net {

struct Address {
    sockaddr_storage storage = {};
    socklen_t length = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }

    friend bool operator==(const Address& left, const Address& right) {
        return left.length == right.length &&
               std::memcmp(&left.storage, &right.storage, left.length) == 0;
    }
};

/// For people: "127.0.0.1", "::1". Without the port.
[[nodiscard]] std::string to_text(const Address& address);

}  // namespace eventail::net
