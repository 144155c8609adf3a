#include "net/tls.hpp"

#include "net/tls_failure.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace eventail::net {
namespace {

// Enough to keep the kernel busy. A larger buffer would only hide that the peer does not read.
constexpr std::size_t most_pending_bytes = 64 * 1024;

}  // namespace

TlsFilter::TlsFilter(const Url& url)
    : ssl_(make_tls_client(url, check_certificate)), expected_name_(expected_name(url)) {
    from_peer_ = BIO_new(BIO_s_mem());
    to_peer_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), from_peer_, to_peer_);
    if (from_peer_ == nullptr || to_peer_ == nullptr) throw std::bad_alloc();
    // The plaintext views may move between calls; a finished record counts as taken.
    SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_app_data(ssl_.get(), this);
}

int TlsFilter::check_certificate(int is_ok, X509_STORE_CTX* verdict) {
    if (is_ok == 1) return 1;
    const void* ssl = X509_STORE_CTX_get_ex_data(verdict, SSL_get_ex_data_X509_STORE_CTX_idx());
    auto* self = static_cast<TlsFilter*>(SSL_get_app_data(static_cast<const SSL*>(ssl)));
    self->failure_ = describe_refused_certificate(verdict, self->expected_name_);
    return 0;
}

void TlsFilter::note_outcome(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_NONE:
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE: return;
        case SSL_ERROR_ZERO_RETURN: state_ = State::closed; return;
        default:
            state_ = State::failed;
            // A refused certificate has already set a better reason.
            if (failure_.empty()) failure_ = "TLS failed: " + take_connection_error();
            ERR_clear_error();
    }
}

void TlsFilter::feed_ciphertext(wire::Bytes bytes) {
    std::size_t written = 0;
    if (bytes.empty()) return;
    if (BIO_write_ex(from_peer_, bytes.data(), bytes.size(), &written) != 1) throw std::bad_alloc();
}

TlsFilter::State TlsFilter::handshake() {
    if (state_ != State::handshaking) return state_;
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) {
        state_ = State::open;
    } else {
        note_outcome(result);
    }
    return state_;
}

std::size_t TlsFilter::read_plaintext(std::span<std::byte> out) {
    std::size_t total = 0;
    ERR_clear_error();
    while (state_ == State::open && total < out.size()) {
        std::size_t count = 0;
        const int result = SSL_read_ex(ssl_.get(), out.data() + total, out.size() - total, &count);
        if (result != 1) {
            note_outcome(result);
            break;
        }
        total += count;
    }
    return total;
}

std::size_t TlsFilter::write_plaintext(wire::Bytes bytes) {
    std::size_t total = 0;
    ERR_clear_error();
    while (state_ == State::open && total < bytes.size() &&
           pending_ciphertext().size() < most_pending_bytes) {
        std::size_t count = 0;
        const int result =
            SSL_write_ex(ssl_.get(), bytes.data() + total, bytes.size() - total, &count);
        if (result != 1) {
            note_outcome(result);
            break;
        }
        total += count;
    }
    return total;
}

wire::Bytes TlsFilter::pending_ciphertext() const {
    char* data = nullptr;
    const long size = BIO_get_mem_data(to_peer_, &data);
    if (size <= 0) return {};
    return std::as_bytes(std::span(data, static_cast<std::size_t>(size)));
}

void TlsFilter::consumed(std::size_t count) {
    // A memory BIO forgets bytes only when they are read.
    std::array<std::byte, 16 * 1024> gone;
    while (count > 0) {
        std::size_t read = 0;
        if (BIO_read_ex(to_peer_, gone.data(), std::min(count, gone.size()), &read) != 1) return;
        count -= read;
    }
}

void TlsFilter::close_notify() {
    if (state_ != State::open && state_ != State::closed) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

}  // namespace eventail::net
