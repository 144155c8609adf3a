// The files for TLS: the broker's certificate and its private key. Errors name the file.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <string>

namespace eventail::broker {

/// For TLS 1.2 and newer, from files in PEM. @throws Error
boost::asio::ssl::context make_tls_server(const std::string& certificate_file,
                                          const std::string& key_file);

}  // namespace eventail::broker
