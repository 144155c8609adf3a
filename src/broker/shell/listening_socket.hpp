// The listening socket and the sockets that it accepts. Child processes do not inherit them; Asio
// would open its own without close-on-exec.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <utility>

namespace eventail::broker {

class ListeningSocket {
public:
    /// @throws boost::system::system_error
    ListeningSocket(boost::asio::io_context& context, const boost::asio::ip::tcp::endpoint& local);

    /// Works after close(), too.
    std::uint16_t port() const { return local_.port(); }
    bool is_open() const { return acceptor_.is_open(); }
    void close();

    /// Calls `handler(error_code)` when a client connects, or with operation_aborted.
    template <typename Handler>
    void async_wait(Handler handler) {
        acceptor_.async_wait(boost::asio::ip::tcp::acceptor::wait_read, std::move(handler));
    }
    /// The next client. Never blocks: would_block if the client has already gone.
    boost::asio::ip::tcp::socket accept(boost::system::error_code& error);

private:
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::endpoint local_;
};

}  // namespace eventail::broker
