// The OpenSSL objects of one TLS client connection, set up as its url says: TLS 1.2 or later,
// trust, the client's certificate, and the name that the server must prove.
#pragma once

#include "net/url.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace eventail::net {

struct SslDeleter {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using SslHandle = std::unique_ptr<SSL, SslDeleter>;

/// Makes the client's end, without BIOs. Reads the files each time, so the next connection uses
/// renewed certificates. `on_certificate` hears each verdict, unless the url says verify_none.
/// Throws Error(Errc::tls_failed), which names the file and the reason.
[[nodiscard]] SslHandle make_tls_client(const Url& url, SSL_verify_cb on_certificate);

/// Checks that the files named in the url are usable now. Throws as make_tls_client() does, and
/// adds the url.
void check_files(const Url& url);

/// The name that the certificate must carry.
[[nodiscard]] std::string expected_name(const Url& url);

}  // namespace eventail::net
