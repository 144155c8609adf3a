// A client over TLS: one read and one write at a time, each with its own memory, as Asio's stream
// requires.
#include "broker/shell/client_socket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <algorithm>
#include <array>

namespace eventail::broker {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

class TlsClient final : public ClientSocket {
public:
    TlsClient(Loop& loop, asio::ip::tcp::socket socket, asio::ssl::context& context,
              std::string name, TimePoint now)
        : ClientSocket(loop, std::move(name), now), stream_(std::move(socket), context) {}

    void start() override {
        error_code ignored;
        stream_.next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
        stream_.async_handshake(asio::ssl::stream_base::server,
                                [self = shared_from_this(), this](error_code error) {
                                    if (is_lost()) return;
                                    if (error) {
                                        lose("no TLS: " + error.message());
                                        return;
                                    }
                                    is_encrypted_ = true;
                                    read();
                                });
    }

    void flush() override {
        if (is_lost()) return;
        if (peer().is_finished()) {
            say_good_bye();
            return;
        }
        write();
        read();
    }

    void close() override {
        error_code ignored;
        stream_.lowest_layer().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
        stream_.lowest_layer().close(ignored);
    }

private:
    /// Writes close_notify at once if there is room, and does not wait for it.
    void say_good_bye() {
        if (is_encrypted_ && !is_writing_) {
            error_code ignored;
            stream_.next_layer().non_blocking(true, ignored);
            stream_.async_shutdown([self = shared_from_this()](error_code) {});
        }
        lose("closed");
    }

    void read() {
        if (is_reading_ || !is_encrypted_ || !peer().wants_input()) return;
        is_reading_ = true;
        const std::size_t most = std::min(input_.size(), read_bytes());
        stream_.async_read_some(
            asio::buffer(input_, most),
            [self = shared_from_this(), this](error_code error, std::size_t count) {
                is_reading_ = false;
                if (!is_lost()) on_read(error, count);
            });
    }

    void on_read(error_code error, std::size_t count) {
        if (error) {
            lose("gone: " + error.message());
            return;
        }
        const EventScope event(loop_);
        feed(std::span(input_).first(count), event.now());
        get_ready();
    }

    void write() {
        if (is_writing_ || !is_encrypted_) return;
        std::array<wire::Bytes, 1> views;
        if (peer().gather(views) == 0) return;
        is_writing_ = true;
        stream_.async_write_some(
            asio::buffer(views[0].data(), views[0].size()),
            [self = shared_from_this(), this](error_code error, std::size_t count) {
                is_writing_ = false;
                if (!is_lost()) on_written(error, count);
            });
    }

    void on_written(error_code error, std::size_t count) {
        if (error) {
            lose("gone: " + error.message());
            return;
        }
        const EventScope event(loop_);
        guarded([&] { peer().written(count, event.now()); });
        get_ready();
    }

    asio::ssl::stream<asio::ip::tcp::socket> stream_;
    std::array<std::byte, 16384> input_;
    bool is_encrypted_ = false;
    bool is_reading_ = false;
    bool is_writing_ = false;
};

}  // namespace

std::shared_ptr<ClientSocket> make_tls_client(Loop& loop, asio::ip::tcp::socket socket,
                                              asio::ssl::context& context, std::string name,
                                              TimePoint now) {
    return std::make_shared<TlsClient>(loop, std::move(socket), context, std::move(name), now);
}

}  // namespace eventail::broker
