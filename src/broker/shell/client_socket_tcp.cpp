// A client over plain TCP: reads available bytes into a buffer that all clients share, and writes
// at once as much as the kernel takes. An idle client costs only its socket and its peer.
#include "broker/shell/client_socket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <array>

namespace eventail::broker {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

class TcpClient final : public ClientSocket {
public:
    TcpClient(Loop& loop, asio::ip::tcp::socket socket, std::string name, TimePoint now)
        : ClientSocket(loop, std::move(name), now), socket_(std::move(socket)) {}

    void start() override {
        error_code error;
        socket_.non_blocking(true, error);
        socket_.set_option(asio::ip::tcp::no_delay(true), error);
        wait_for_input();
    }

    void flush() override {
        if (is_lost()) return;
        write();
        if (is_lost()) return;
        if (peer().is_finished()) {
            lose("closed");
        } else {
            wait_for_input();
        }
    }

    void close() override {
        error_code ignored;
        socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
        socket_.close(ignored);
    }

private:
    void wait_for_input() {
        if (is_waiting_for_input_ || !peer().wants_input()) return;
        is_waiting_for_input_ = true;
        socket_.async_wait(asio::ip::tcp::socket::wait_read,
                           [self = shared_from_this(), this](error_code error) {
                               is_waiting_for_input_ = false;
                               if (!error && !is_lost()) read();
                           });
    }

    void read() {
        const EventScope event(loop_);
        // A few times at most, so that a client that never pauses cannot keep the others waiting.
        for (int i = 0; i < 4 && peer().wants_input(); ++i) {
            const auto buffer = loop_.read_buffer().first(read_bytes());
            error_code error;
            const std::size_t count =
                socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
            if (error == asio::error::would_block) break;
            if (error) {
                lose("gone: " + error.message());
                return;
            }
            if (!feed(buffer.first(count), event.now()) || count < buffer.size()) break;
        }
        get_ready();
    }

    void write() {
        std::array<wire::Bytes, 64> views;
        std::array<asio::const_buffer, views.size()> buffers;
        while (const std::size_t count = peer().gather(views)) {
            for (std::size_t i = 0; i < count; ++i) {
                buffers[i] = asio::buffer(views[i].data(), views[i].size());
            }
            error_code error;
            const std::size_t written = socket_.write_some(std::span(buffers).first(count), error);
            if (error == asio::error::would_block) {
                wait_for_room();
                return;
            }
            if (error) {
                lose("gone: " + error.message());
                return;
            }
            peer().written(written, Clock::now());
        }
    }

    void wait_for_room() {
        if (is_waiting_for_room_) return;
        is_waiting_for_room_ = true;
        socket_.async_wait(asio::ip::tcp::socket::wait_write,
                           [self = shared_from_this(), this](error_code error) {
                               is_waiting_for_room_ = false;
                               if (error || is_lost()) return;
                               const EventScope event(loop_);
                               get_ready();
                           });
    }

    asio::ip::tcp::socket socket_;
    bool is_waiting_for_input_ = false;
    bool is_waiting_for_room_ = false;
};

}  // namespace

std::shared_ptr<ClientSocket> make_tcp_client(Loop& loop, asio::ip::tcp::socket socket,
                                              std::string name, TimePoint now) {
    return std::make_shared<TcpClient>(loop, std::move(socket), std::move(name), now);
}

}  // namespace eventail::broker
