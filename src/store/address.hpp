// Where a Redis or a Sentinel is, and how to log in there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace eventail::store {

struct HostAndPort {
    std::string host = {};
    std::uint16_t port = 0;

    friend bool operator==(const HostAndPort&, const HostAndPort&) = default;
};

/// "host:port", with brackets around a host with colons; printable.
[[nodiscard]] std::string to_text(const HostAndPort& address);

/// Reads "host", "host:port", "::1" and "[::1]:port". @throws Error invalid_argument, a phrase that
/// says what is wrong
[[nodiscard]] HostAndPort parse_address(std::string_view text, std::uint16_t default_port);

struct Login {
    std::string user = {};
    std::string password = {};

    [[nodiscard]] bool is_empty() const { return user.empty() && password.empty(); }
};

}  // namespace eventail::store
