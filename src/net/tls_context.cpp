#include "net/tls_context.hpp"

#include "net/tls_failure.hpp"
#include <eventail/error.hpp>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace eventail::net {
namespace {

struct ContextDeleter {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using ContextHandle = std::unique_ptr<SSL_CTX, ContextDeleter>;

void require(bool is_ok, const std::string& what) {
    if (!is_ok) throw Error(Errc::tls_failed, what + ": " + take_openssl_error());
}

/// Without it, OpenSSL would ask for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

void load_trust(SSL_CTX* context, const Url& url) {
    if (!url.cacertfile.empty()) {
        require(SSL_CTX_load_verify_file(context, url.cacertfile.c_str()) == 1,
                "cannot use the cacertfile " + url.cacertfile);
    } else if (url.verify_peer) {
        require(SSL_CTX_set_default_verify_paths(context) == 1,
                "cannot use the system's certificate authorities");
    }
}

void load_client_certificate(SSL_CTX* context, const Url& url) {
    if (url.certfile.empty()) return;
    const std::string& keyfile = url.keyfile.empty() ? url.certfile : url.keyfile;
    require(SSL_CTX_use_certificate_chain_file(context, url.certfile.c_str()) == 1,
            "cannot use the certfile " + url.certfile);
    require(SSL_CTX_use_PrivateKey_file(context, keyfile.c_str(), SSL_FILETYPE_PEM) == 1,
            "cannot use the keyfile " + keyfile);
}

void expect_server(SSL* ssl, const Url& url) {
    const std::string name = expected_name(url);
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // OpenSSL compares an address with the certificate's addresses; it is never sent (RFC 6066, 3).
    const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1;
    ERR_clear_error();
    if (is_address) return;
    require(X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size()) == 1,
            "cannot look for the name " + name);
    if (url.server_name_indication != "disable") {
        require(SSL_set_tlsext_host_name(ssl, name.c_str()) == 1, "cannot send the name " + name);
    }
}

}  // namespace

SslHandle make_tls_client(const Url& url, SSL_verify_cb on_certificate) {
    // exit() may run while another thread uses TLS, so its data must stay.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
    ERR_clear_error();
    const ContextHandle context(SSL_CTX_new(TLS_client_method()));
    require(context != nullptr, "cannot set up TLS");
    require(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1,
            "cannot insist on TLS 1.2");
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
    load_trust(context.get(), url);
    load_client_certificate(context.get(), url);

    SslHandle ssl(SSL_new(context.get()));
    require(ssl != nullptr, "cannot set up TLS");
    expect_server(ssl.get(), url);
    SSL_set_verify(ssl.get(), url.verify_peer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                   url.verify_peer ? on_certificate : nullptr);
    SSL_set_connect_state(ssl.get());
    return ssl;
}

void check_files(const Url& url) {
    if (!url.is_tls) return;
    try {
        static_cast<void>(make_tls_client(url, nullptr));
    } catch (const Error& error) {
        throw Error(error.code(), redacted(url) + ": " + error.what());
    }
}

std::string expected_name(const Url& url) {
    const std::string& name = url.server_name_indication;
    return name.empty() || name == "disable" ? url.host : name;
}

}  // namespace eventail::net
