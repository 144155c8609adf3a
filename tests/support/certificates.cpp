#include "support/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace eventail::test {
namespace {

void require(bool is_ok) {
    if (!is_ok) throw std::runtime_error("OpenSSL did not make a test certificate");
}

KeyHandle make_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

template <typename Write>
std::string pem(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    require(write(out.get()) == 1);
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

std::string pem(X509* certificate) {
    return pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

void add_extension(X509* certificate, int nid, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()), X509_EXTENSION_free);
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

CertificateHandle make_certificate(const std::string& name, EVP_PKEY* key, long serial,
                                   long valid_seconds) {
    CertificateHandle made(X509_new(), X509_free);
    X509* certificate = made.get();
    require(X509_set_version(certificate, X509_VERSION_3) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), valid_seconds);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    require(X509_set_pubkey(certificate, key) == 1);
    return made;
}

}  // namespace

std::string encrypted_key(const Identity& identity, const std::string& passphrase) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(identity.key.data(), static_cast<int>(identity.key.size())), BIO_free);
    const KeyHandle key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr),
                        EVP_PKEY_free);
    return pem([&](BIO* out) {
        return PEM_write_bio_PKCS8PrivateKey(out, key.get(), EVP_aes_128_cbc(), passphrase.data(),
                                             static_cast<int>(passphrase.size()), nullptr, nullptr);
    });
}

Authority::Authority(const std::string& name)
    : key_(make_key()), certificate_(make_certificate(name, key_.get(), 1, 3600)) {
    X509* own = certificate_.get();
    require(X509_set_issuer_name(own, X509_get_subject_name(own)) == 1);
    add_extension(own, NID_basic_constraints, "critical,CA:TRUE");
    require(X509_sign(own, key_.get(), EVP_sha256()) > 0);
}

Authority::Authority(const std::string& name, const Authority& issuer)
    : key_(make_key()), certificate_(make_certificate(name, key_.get(), 3, 3600)) {
    X509* own = certificate_.get();
    require(X509_set_issuer_name(own, X509_get_subject_name(issuer.certificate_.get())) == 1);
    add_extension(own, NID_basic_constraints, "critical,CA:TRUE");
    require(X509_sign(own, issuer.key_.get(), EVP_sha256()) > 0);
}

std::string Authority::certificate() const { return pem(certificate_.get()); }

Identity Authority::issue(const std::string& common_name, const std::string& names,
                          long valid_seconds) const {
    return issue_signed(common_name, names, valid_seconds, EVP_sha256());
}

Identity Authority::issue_with_sha1(const std::string& common_name,
                                    const std::string& names) const {
    return issue_signed(common_name, names, 3600, EVP_sha1());
}

Identity Authority::issue_signed(const std::string& common_name, const std::string& names,
                                 long valid_seconds, const EVP_MD* digest) const {
    const KeyHandle key = make_key();
    const CertificateHandle made = make_certificate(common_name, key.get(), 2, valid_seconds);
    require(X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get())) == 1);
    if (!names.empty()) add_extension(made.get(), NID_subject_alt_name, names);
    require(X509_sign(made.get(), key_.get(), digest) > 0);
    return {.certificate = pem(made.get()), .key = pem([&](BIO* out) {
                                                return PEM_write_bio_PrivateKey(out, key.get(),
                                                                                nullptr, nullptr, 0,
                                                                                nullptr, nullptr);
                                            })};
}

}  // namespace eventail::test
