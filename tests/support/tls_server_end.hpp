// The server's end of a TLS connection in memory, straight on OpenSSL: the other side for our
// tests. Bytes in, bytes out, no sockets.
#pragma once

#include "support/certificates.hpp"
#include "wire/buffer.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

namespace eventail::test {

struct TlsServerOptions {
    Identity identity = {};
    std::string client_authority = {};  ///< PEM; empty: asks for no client certificate
    int newest_version = 0;             ///< such as TLS1_2_VERSION; 0: no limit
};

class TlsServerEnd {
public:
    explicit TlsServerEnd(const TlsServerOptions& options);

    /// Takes ciphertext, goes on with the handshake and decrypts.
    void feed(wire::Bytes ciphertext);
    /// Encrypts; only once the handshake is done.
    void write(std::string_view plaintext);
    void close_notify();
    /// The ciphertext for the client.
    std::string take_output();

    bool is_established() const { return SSL_is_init_finished(ssl_.get()) == 1; }
    bool has_failed() const { return has_failed_; }
    bool is_closed_by_client() const;
    const std::string& received() const { return received_; }

    std::string requested_server_name() const;
    std::string client_common_name() const;
    std::string version() const { return SSL_get_version(ssl_.get()); }

private:
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
    std::string received_;
    bool has_failed_ = false;
};

}  // namespace eventail::test
