// A client's socket and its peer. What is the same for TCP and TLS stands here: when to read and to
// write, and when it is over. Included by listener.cpp and client_socket*.cpp only.
#pragma once

#include "broker/peer/peer.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace eventail::broker {

class ClientSocket;

/// What clients need of the loop that they live in.
class ClientLoop {
public:
    virtual ~ClientLoop() = default;

    /// Shared: what was read is fed at once.
    virtual std::span<std::byte> read_buffer() = 0;
    virtual PeerGround& ground() = 0;
    virtual void log(const std::string& line) = 0;

    /// Brings the core up to date before something is done to it. Events may nest.
    virtual TimePoint begin_event() = 0;
    /// Sends what came of it, to whomever, if it is the outermost one.
    virtual void end_event() = 0;
    /// The client has something to write, or came to its end.
    virtual void client_is_ready(ClientSocket& client) = 0;
    /// Forgets the client. Its pending operations may still hold it.
    virtual void remove(ClientSocket& client) = 0;
};

/// One event.
class EventScope {
public:
    explicit EventScope(ClientLoop& loop) : loop_(loop), now_(loop.begin_event()) {}
    EventScope(const EventScope&) = delete;
    EventScope& operator=(const EventScope&) = delete;
    ~EventScope() { loop_.end_event(); }

    TimePoint now() const { return now_; }

private:
    ClientLoop& loop_;
    TimePoint now_;
};

class ClientSocket : public PeerHost, public std::enable_shared_from_this<ClientSocket> {
public:
    ClientSocket(ClientLoop& loop, std::string name, TimePoint now)
        : loop_(loop), name_(std::move(name)), peer_(loop.ground(), *this, now) {}

    Peer& peer() { return peer_; }
    virtual void start() = 0;
    /// Writes what can be written, goes on reading if that makes sense, or ends.
    virtual void flush() = 0;
    /// Closes the socket without more ado.
    virtual void close() = 0;
    void drop(const std::string& why) { lose(why); }

    void output_is_ready() override { get_ready(); }
    void get_ready() {
        if (is_ready_) return;
        is_ready_ = true;
        loop_.client_is_ready(*this);
    }
    void clear_ready() { is_ready_ = false; }
    void log(const std::string& line) override { loop_.log(name_ + ": " + line); }

protected:
    /// The connection is gone: so is the peer's, in the core.
    void lose(const std::string& why) {
        if (is_lost_) return;
        is_lost_ = true;
        const EventScope event(loop_);
        peer_.cut(why);
        close();
        loop_.remove(*this);
    }
    bool is_lost() const { return is_lost_; }

    ClientLoop& loop_;

private:
    std::string name_;
    bool is_ready_ = false;
    bool is_lost_ = false;
    Peer peer_;
};

std::shared_ptr<ClientSocket> make_tcp_client(ClientLoop& loop, boost::asio::ip::tcp::socket socket,
                                              std::string name, TimePoint now);
std::shared_ptr<ClientSocket> make_tls_client(ClientLoop& loop, boost::asio::ip::tcp::socket socket,
                                              boost::asio::ssl::context& context, std::string name,
                                              TimePoint now);

}  // namespace eventail::broker
