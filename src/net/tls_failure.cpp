#include "net/tls_failure.hpp"

#include "base/printable.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pemerr.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509err.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace eventail::net {
namespace {

constexpr std::size_t longest_subject_bytes = 200;

unsigned long take_oldest() {
    const unsigned long oldest = ERR_get_error();
    ERR_clear_error();
    return oldest;
}

constexpr const char* too_weak_hint =
    "OpenSSL refuses SHA-1 signatures and short keys: issue it again, signed with SHA-256 and with "
    "RSA keys of 2048 bits or more";

constexpr const char* not_as_expected = "it does not contain what it should, as PEM";

bool is_too_weak(int reason) {
    return reason == SSL_R_EE_KEY_TOO_SMALL || reason == SSL_R_CA_KEY_TOO_SMALL ||
           reason == SSL_R_CA_MD_TOO_WEAK || reason == SSL_R_DH_KEY_TOO_SMALL;
}

std::string describe(unsigned long error) {
    if (error == 0) return "no reason given";
    if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
    if (ERR_GET_REASON(error) == ERR_R_INTERRUPTED_OR_CANCELLED) {
        return "it is protected by a passphrase; store it without";
    }
    if (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE) {
        return not_as_expected;
    }
    if (ERR_GET_LIB(error) == ERR_LIB_OSSL_DECODER && ERR_GET_REASON(error) == ERR_R_UNSUPPORTED) {
        return not_as_expected;
    }
    if (ERR_GET_LIB(error) == ERR_LIB_X509 &&
        ERR_GET_REASON(error) == X509_R_NO_CERTIFICATE_OR_CRL_FOUND) {
        return not_as_expected;
    }
    if (ERR_GET_LIB(error) == ERR_LIB_X509 && ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH) {
        return "it is not the key of the certfile";
    }
    if (ERR_GET_LIB(error) == ERR_LIB_SSL && is_too_weak(ERR_GET_REASON(error))) {
        return std::string(ERR_reason_error_string(error)) + "; " + too_weak_hint;
    }
    const char* reason = ERR_reason_error_string(error);
    return reason != nullptr ? reason : "error " + std::to_string(error);
}

std::string_view hint(int reason) {
    switch (reason) {
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST: return "; is it a TLS port?";
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return "; TLS 1.2 or later is needed on both sides";
        case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
            return "; does the broker want a client certificate (certfile, keyfile), or is its own "
                   "certificate signed with SHA-1? The broker's log says more";
        case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
            return "; is the broker's certificate signed with SHA-1? The broker's log says more";
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
            return "; the client certificate (certfile) has expired: renew it, unless a clock is "
                   "wrong";
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
            return "; does the broker want a client certificate, or another one (certfile, "
                   "keyfile)?";
        default: return "";
    }
}

std::string clipped(std::string text) {
    if (text.size() > longest_subject_bytes) {
        text.resize(longest_subject_bytes);
        text += "...";
    }
    return text;
}

/// OpenSSL escapes control characters, because the text comes from the peer.
std::string subject_of(X509* certificate) {
    if (certificate == nullptr) return "none";
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE);
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    std::string subject(text, length > 0 ? static_cast<std::size_t>(length) : 0);
    subject = clipped(std::move(subject));
    return subject.empty() ? "a certificate without subject" : subject;
}

/// The names that a certificate is for. Without any, the subject's common name counts.
std::string names_of(X509* certificate) {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    const int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
    if (at < 0) return {};
    if (X509V3_EXT_print(out.get(), X509_get_ext(certificate, at), 0, 0) != 1) return {};
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    return printable(clipped({text, length > 0 ? static_cast<std::size_t>(length) : 0}));
}

}  // namespace

std::string take_openssl_error() { return describe(take_oldest()); }

std::string take_connection_error() {
    const unsigned long error = take_oldest();
    std::string text = describe(error);
    if (ERR_GET_LIB(error) == ERR_LIB_SSL) text += hint(ERR_GET_REASON(error));
    return text;
}

std::string describe_refused_certificate(X509_STORE_CTX* verdict, const std::string& expected) {
    const int error = X509_STORE_CTX_get_error(verdict);
    const std::string subject = subject_of(X509_STORE_CTX_get_current_cert(verdict));
    if (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        const std::string names = names_of(X509_STORE_CTX_get_current_cert(verdict));
        return "the broker's certificate (" + (names.empty() ? subject : subject + "; " + names) +
               ") is not for " + expected +
               "; connect by a name that it is for, or set server_name_indication to one";
    }
    std::string text = std::string("the broker's certificate is not trusted: ") +
                       X509_verify_cert_error_string(error) + " at depth " +
                       std::to_string(X509_STORE_CTX_get_error_depth(verdict)) + " (" + subject +
                       ")";
    switch (error) {
        case X509_V_ERR_CERT_HAS_EXPIRED: return text + "; renew it, unless a clock is wrong";
        case X509_V_ERR_CERT_NOT_YET_VALID: return text + "; are the clocks right?";
        case X509_V_ERR_EE_KEY_TOO_SMALL:
        case X509_V_ERR_CA_KEY_TOO_SMALL:
        case X509_V_ERR_CA_MD_TOO_WEAK: return text + "; " + too_weak_hint;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
            return text +
                   "; the cacertfile holds an intermediate authority without the one that issued "
                   "it: add the certificates up to the root";
        default:
            return text +
                   "; name its authority with cacertfile, or turn the check off with "
                   "verify=verify_none";
    }
}

}  // namespace eventail::net
