#include "broker/shell/server_certificate.hpp"

#include <eventail/error.hpp>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace eventail::broker {

namespace {

using boost::asio::ssl::context;
using boost::system::error_code;

/// Opens the file itself: OpenSSL's own error for a missing file is misleading.
void require_readable(const std::string& what, const std::string& file) {
    errno = 0;
    std::ifstream stream(file);
    stream.peek();
    if (stream) return;
    const std::error_code reason(errno != 0 ? errno : EIO, std::generic_category());
    throw Error(reason, "the broker cannot read its " + what + " " + file + ": " +
                            reason.message() + "; name a file in PEM that it may read");
}

void require(const error_code& error, const std::string& what, const std::string& file,
             const std::string& hint) {
    if (!error) return;
    throw Error(error, "the broker cannot use its " + what + " " + file + ": " + error.message() +
                           "; " + hint);
}

}  // namespace

context make_tls_server(const std::string& certificate_file, const std::string& key_file) {
    require_readable("certificate", certificate_file);
    require_readable("private key", key_file);
    context tls(context::tls_server);
    tls.set_options(context::no_tlsv1 | context::no_tlsv1_1);
    // Without it, OpenSSL asks on the terminal for the password of a protected key.
    tls.set_password_callback([](std::size_t, context::password_purpose) { return ""; });
    error_code error;
    tls.use_certificate_chain_file(certificate_file, error);
    require(error, "certificate", certificate_file,
            "it must be in PEM, the broker's own certificate first");
    tls.use_private_key_file(key_file, context::pem, error);
    require(error, "private key", key_file,
            "it must be in PEM, without a password, and belong to " + certificate_file);
    return tls;
}

}  // namespace eventail::broker
