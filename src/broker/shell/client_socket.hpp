// A client's socket and its peer: the part that TCP and TLS share. Included by loop.cpp and
// client_socket*.cpp only.
#pragma once

#include "broker/peer/peer.hpp"
#include "broker/shell/loop.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <string>

namespace eventail::broker {

class ClientSocket : public PeerTransport, public std::enable_shared_from_this<ClientSocket> {
public:
    ClientSocket(Loop& loop, std::string name, TimePoint now)
        : loop_(loop), name_(std::move(name)), peer_(loop.context(), *this, now) {}

    Peer& peer() { return peer_; }
    virtual void start() = 0;
    /// Writes, reads on if the peer wants input, or ends.
    virtual void flush() = 0;
    /// Closes the socket at once.
    virtual void close() = 0;
    void drop(const std::string& why) { lose(why); }

    /// Runs a step of this client. An exception ends this client only, at its next flush().
    template <typename Step>
    void guarded(Step step) {
        try {
            step();
        } catch (const std::exception& error) {
            peer_.cut(std::string("internal error: ") + error.what());
            get_ready();
        }
    }
    void tick(TimePoint now) {
        guarded([&] { peer_.tick(now); });
        get_ready();
    }

    void output_is_ready() override { get_ready(); }
    void get_ready() {
        if (is_ready_) return;
        is_ready_ = true;
        loop_.client_is_ready(*this);
    }
    void clear_ready() { is_ready_ = false; }
    void log(const std::string& line) override { loop_.log(name_ + ": " + line); }

protected:
    /// How much to read at once: less, the longer the peer works on it, because others must wait.
    std::size_t read_bytes() const { return read_bytes_; }
    /// Feeds the peer. False if that took so long that others must come first now.
    bool feed(wire::Bytes bytes, TimePoint now);

    /// The socket is gone: ends the peer's connection in the core too.
    void lose(const std::string& why) {
        if (is_lost_) return;
        is_lost_ = true;
        const EventScope event(loop_);
        peer_.cut(why);
        close();
        loop_.remove(*this);
    }
    bool is_lost() const { return is_lost_; }

    Loop& loop_;

private:
    std::string name_;
    bool is_ready_ = false;
    bool is_lost_ = false;
    std::size_t read_bytes_ = std::size_t{1} << 14;
    Peer peer_;
};

std::shared_ptr<ClientSocket> make_tcp_client(Loop& loop, boost::asio::ip::tcp::socket socket,
                                              std::string name, TimePoint now);
std::shared_ptr<ClientSocket> make_tls_client(Loop& loop, boost::asio::ip::tcp::socket socket,
                                              boost::asio::ssl::context& context, std::string name,
                                              TimePoint now);

}  // namespace eventail::broker
