// Explains OpenSSL's failures in words that help: its error queue, its alerts and its verdicts on
// certificates.
#pragma once

#include <openssl/x509_vfy.h>

#include <string>

namespace eventail::net {

/// The oldest entry of this thread's OpenSSL error queue, which it then clears. The oldest entry is
/// the cause; the rest are its consequences.
[[nodiscard]] std::string take_openssl_error();

/// Like take_openssl_error(), for an error on a connection: adds a hint about what to check.
[[nodiscard]] std::string take_connection_error();

/// Why a certificate was refused, which one, and what to check. `expected` is the required name.
[[nodiscard]] std::string describe_refused_certificate(X509_STORE_CTX* verdict,
                                                       const std::string& expected);

}  // namespace eventail::net
