// What went wrong in OpenSSL, in words that help: its error queue, its alerts and its verdicts on
// certificates.
#pragma once

#include <openssl/x509_vfy.h>

#include <string>

namespace eventail::net {

/// The oldest entry of this thread's OpenSSL error queue, which is empty afterwards. The oldest is
/// the cause, what follows are its consequences.
[[nodiscard]] std::string take_openssl_error();

/// Like take_openssl_error(), for what happened on a connection: with a hint of what to check.
[[nodiscard]] std::string take_connection_error();

/// Why a certificate was not accepted, which one, and what to check. `expected` is the name that
/// was looked for.
[[nodiscard]] std::string describe_refused_certificate(X509_STORE_CTX* verdict,
                                                       const std::string& expected);

}  // namespace eventail::net
