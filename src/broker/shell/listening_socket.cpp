#include "broker/shell/listening_socket.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>

#include <sys/socket.h>

#include <cerrno>

namespace eventail::broker {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

error_code last_error() { return {errno, boost::system::system_category()}; }

bool is_of_one_client(int reason) {
    return reason == EAGAIN || reason == ECONNABORTED || reason == EINTR || reason == EPROTO;
}

}  // namespace

ListeningSocket::ListeningSocket(asio::io_context& context, const tcp::endpoint& local)
    : acceptor_(context) {
    const int socket = ::socket(local.protocol().family(),
                                SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (socket < 0) throw boost::system::system_error(last_error());
    acceptor_.assign(local.protocol(), socket);
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind(local);
    acceptor_.listen();
    local_ = acceptor_.local_endpoint();
}

void ListeningSocket::close() {
    error_code ignored;
    acceptor_.close(ignored);
}

tcp::socket ListeningSocket::accept(error_code& error) {
    tcp::socket client(acceptor_.get_executor());
    const int socket = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
        error = is_of_one_client(errno) ? asio::error::would_block : last_error();
        return client;
    }
    client.assign(local_.protocol(), socket, error);
    return client;
}

}  // namespace eventail::broker
