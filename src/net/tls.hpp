// TLS as a filter on bytes: the socket's ciphertext on one side, the session's plaintext on the
// other. Has no sockets and never waits. tls_context decides what a connection insists on.
#pragma once

#include "net/tls_context.hpp"
#include "net/url.hpp"
#include "wire/buffer.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace eventail::net {

/// The client's end of one TLS connection. After every call, look at pending_ciphertext(): reading
/// may have to answer, and a failure sends an alert.
class TlsFilter {
public:
    enum class State {
        handshaking,
        open,
        closed,  ///< the peer will send nothing more
        failed   ///< see failure()
    };

    /// Throws Error(Errc::tls_failed) if a certificate or key file of the url is unusable.
    explicit TlsFilter(const Url& url);
    TlsFilter(const TlsFilter&) = delete;
    TlsFilter& operator=(const TlsFilter&) = delete;

    State state() const { return state_; }
    /// One line: the failure and what to check.
    const std::string& failure() const { return failure_; }

    /// Takes all bytes from the peer.
    void feed_ciphertext(wire::Bytes bytes);
    /// Goes on with the handshake as far as the ciphertext allows. Call once to begin it.
    State handshake();

    /// Fills `out` with the available plaintext. 0: nothing now; state() says whether more may
    /// come.
    std::size_t read_plaintext(std::span<std::byte> out);
    /// Takes as much as the bounded ciphertext buffer has room for. @return bytes taken
    std::size_t write_plaintext(wire::Bytes bytes);

    /// The bytes to send to the peer; valid until the next call.
    wire::Bytes pending_ciphertext() const;
    /// Removes `count` sent bytes from it.
    void consumed(std::size_t count);

    /// Says goodbye: we send nothing more.
    void close_notify();

private:
    static int check_certificate(int is_ok, X509_STORE_CTX* verdict);
    void note_outcome(int result);

    SslHandle ssl_;
    BIO* from_peer_ = nullptr;  // both owned by ssl_
    BIO* to_peer_ = nullptr;
    std::string expected_name_;
    State state_ = State::handshaking;
    std::string failure_;
};

}  // namespace eventail::net
