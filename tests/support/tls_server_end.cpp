#include "support/tls_server_end.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>

namespace eventail::test {
namespace {

using BioHandle = std::unique_ptr<BIO, decltype(&BIO_free)>;

BioHandle view(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

CertificateHandle read_certificate(const std::string& pem) {
    return {PEM_read_bio_X509(view(pem).get(), nullptr, nullptr, nullptr), X509_free};
}

KeyHandle read_key(const std::string& pem) {
    return {PEM_read_bio_PrivateKey(view(pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
}

}  // namespace

TlsServerEnd::TlsServerEnd(const TlsServerOptions& options) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    // Plays an old server: the system's policy may forbid TLS 1.1.
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), options.newest_version);
    const CertificateHandle certificate = read_certificate(options.identity.certificate);
    const KeyHandle key = read_key(options.identity.key);
    if (SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
        throw std::runtime_error("the test server has no usable identity");
    }
    if (!options.client_authority.empty()) {
        const CertificateHandle authority = read_certificate(options.client_authority);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get());
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           nullptr);
    }
    ssl_.reset(SSL_new(context.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
}

void TlsServerEnd::feed(wire::Bytes ciphertext) {
    ERR_clear_error();
    BIO_write(SSL_get_rbio(ssl_.get()), ciphertext.data(), static_cast<int>(ciphertext.size()));
    std::array<char, 16 * 1024> buffer;
    int count = 0;
    while ((count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))) > 0) {
        received_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    const int error = SSL_get_error(ssl_.get(), count);
    if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL) has_failed_ = true;
    ERR_clear_error();
}

void TlsServerEnd::write(std::string_view plaintext) {
    if (SSL_write(ssl_.get(), plaintext.data(), static_cast<int>(plaintext.size())) <= 0) {
        throw std::runtime_error("the test server cannot write");
    }
}

void TlsServerEnd::close_notify() { SSL_shutdown(ssl_.get()); }

std::string TlsServerEnd::take_output() {
    BIO* out = SSL_get_wbio(ssl_.get());
    std::string bytes(BIO_ctrl_pending(out), '\0');
    if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

bool TlsServerEnd::is_closed_by_client() const {
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string TlsServerEnd::requested_server_name() const {
    const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? name : "";
}

std::string TlsServerEnd::client_common_name() const {
    const CertificateHandle certificate(SSL_get1_peer_certificate(ssl_.get()), X509_free);
    if (!certificate) return "";
    std::array<char, 100> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return name.data();
}

}  // namespace eventail::test
