// A server on loopback for tests of the link: controlled by the test, in its own thread.
#pragma once

#include "net/file_descriptor.hpp"
#include "support/tls_server_end.hpp"

#include <poll.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::test {

class LoopbackPeer {
public:
    /// Listens on a free port of the address, or on the given one. Accepts one connection.
    explicit LoopbackPeer(const std::string& address = "127.0.0.1", std::uint16_t port = 0);

    std::uint16_t port() const { return port_; }
    /// From now on, speaks TLS with every client.
    void use_tls(const TlsServerOptions& options) { tls_.emplace(options); }
    TlsServerEnd& tls() { return *tls_; }

    /// What step() waits for.
    pollfd poll_request() const;
    /// Accepts, reads and writes as much as possible without waiting.
    void step();

    bool has_connection() const { return connection_.is_open(); }
    bool is_closed_by_client() const { return is_closed_by_client_; }
    /// All input so far (as plaintext, with TLS).
    const std::string& received() const { return tls_ ? tls_->received() : received_; }

    void send(std::string_view text);
    /// Queues the TLS end's output for the client: its goodbye.
    void send_tls_output() { output_ += tls_->take_output(); }
    bool has_sent_everything() const { return output_.empty(); }
    /// Stops reading, so that the client's output fills the kernel's buffers.
    void read_nothing() { is_reading_ = false; }
    void read_again() { is_reading_ = true; }
    /// Writes this many bytes per step() from now on.
    void write_at_most(std::size_t count) { most_per_step_ = count; }

    void close() { connection_.reset(); }
    /// Closes with a RST instead of a FIN.
    void reset();

private:
    void receive();
    void transmit();

    net::FileDescriptor listener_;
    net::FileDescriptor connection_;
    std::uint16_t port_ = 0;
    std::optional<TlsServerEnd> tls_;
    std::string received_;
    std::string output_;
    std::size_t most_per_step_ = 1 << 20;
    bool is_reading_ = true;
    bool is_closed_by_client_ = false;
};

/// A port of the address that refused connections a moment ago.
[[nodiscard]] std::uint16_t refusing_port(const std::string& address = "127.0.0.1");

}  // namespace eventail::test
