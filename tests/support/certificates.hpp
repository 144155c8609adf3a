// A certificate authority for tests: makes certificates and keys in memory.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace eventail::test {

using KeyHandle = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertificateHandle = std::unique_ptr<X509, decltype(&X509_free)>;

/// A certificate and its key, as PEM.
struct Identity {
    std::string certificate = {};
    std::string key = {};

    std::string both() const { return certificate + key; }
};

/// The key as PEM, protected by a passphrase.
[[nodiscard]] std::string encrypted_key(const Identity& identity, const std::string& passphrase);

class Authority {
public:
    explicit Authority(const std::string& name);
    /// An intermediate one.
    Authority(const std::string& name, const Authority& issuer);

    /// The authority's own certificate, as PEM.
    [[nodiscard]] std::string certificate() const;

    /// Signs a new key. `names` as in "DNS:localhost,IP:127.0.0.1"; empty: none.
    /// `valid_seconds`: from an hour ago until so many seconds from now.
    [[nodiscard]] Identity issue(const std::string& common_name, const std::string& names,
                                 long valid_seconds = 3600) const;
    /// Signs with SHA-1, as nobody should any more.
    [[nodiscard]] Identity issue_with_sha1(const std::string& common_name,
                                           const std::string& names) const;

private:
    Identity issue_signed(const std::string& common_name, const std::string& names,
                          long valid_seconds, const EVP_MD* digest) const;

    KeyHandle key_;
    CertificateHandle certificate_;
};

}  // namespace eventail::test
