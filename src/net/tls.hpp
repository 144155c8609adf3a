// TLS as a filter on bytes: ciphertext of the socket on one side, plaintext of the session on the
// other, no sockets and no waiting. What a connection insists on is tls_context's concern.
#pragma once

#include "net/tls_context.hpp"
#include "net/url.hpp"
#include "wire/buffer.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace eventail::net {

/// The client's end of one TLS connection. Whatever is called, look at pending_ciphertext()
/// afterwards: reading may have to answer, and failing sends an alert.
class TlsFilter {
public:
    enum class State {
        handshaking,
        open,
        closed,  ///< the peer said that nothing more will come
        failed   ///< see failure()
    };

    /// Throws Error(Errc::tls_failed) when a certificate or key file of the url is not usable.
    explicit TlsFilter(const Url& url);
    TlsFilter(const TlsFilter&) = delete;
    TlsFilter& operator=(const TlsFilter&) = delete;

    State state() const { return state_; }
    /// One line: what failed and what to check.
    const std::string& failure() const { return failure_; }

    /// Takes all of what came from the peer.
    void feed_ciphertext(wire::Bytes bytes);
    /// Goes on with the handshake as far as what was fed allows. Call once to begin it.
    State handshake();

    /// Fills `out` as far as there is plaintext; 0: nothing now, see state() whether ever again.
    std::size_t read_plaintext(std::span<std::byte> out);
    /// Takes what the bounded ciphertext buffer has room for. @return bytes taken
    std::size_t write_plaintext(wire::Bytes bytes);

    /// What must go to the peer; valid until the next call.
    wire::Bytes pending_ciphertext() const;
    /// `count` bytes of it have gone.
    void consumed(std::size_t count);

    /// Tells the peer that nothing more will come.
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
