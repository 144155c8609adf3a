// Reads amqp:// and amqps:// urls by RabbitMQ's URI specification and its query parameters, and
// prints them safely. link and session act on the values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::net {

/// Where a broker is and how to enter it. All fields are decoded: no percent-escapes, no brackets.
struct Url {
    bool is_tls = false;  ///< amqps
    std::string host = "localhost";
    std::uint16_t port = 5672;  ///< 5671 for amqps
    std::string user = "guest";
    std::string password = "guest";
    std::string virtual_host = "/";

    std::optional<std::chrono::seconds> heartbeat = {};
    /// For resolving, connecting and the TLS handshake together.
    std::optional<std::chrono::milliseconds> connection_timeout = {};
    std::optional<std::uint16_t> channel_max = {};
    std::optional<std::uint32_t> frame_max = {};  ///< bytes; 0: we set no limit
    std::string auth_mechanism = "PLAIN";         ///< PLAIN or EXTERNAL

    std::string cacertfile = {};  ///< PEM; empty: the trust store of the system
    std::string certfile = {};    ///< PEM, the client's certificate chain
    std::string keyfile = {};     ///< PEM; empty: the key is in `certfile`
    bool verify_peer = true;      ///< the certificate chain and the host name
    /// The name to send to the server and to require in its certificate. Empty: the host.
    /// "disable": sends none, and requires the host.
    std::string server_name_indication = {};
};

/// Reads a url. Throws Error(Errc::bad_url), which says what is wrong where and never shows the
/// password, not even one without percent-encoding.
[[nodiscard]] Url parse_url(std::string_view text);

/// The url for people and logs: scheme://user@host:port/virtual_host, percent-encoded.
[[nodiscard]] std::string redacted(const Url& url);

}  // namespace eventail::net
