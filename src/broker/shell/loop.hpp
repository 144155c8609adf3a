// The broker's thread and its clients: accepts, keeps the time, and writes the core's output for
// each client. Included by listener.cpp, loop.cpp and client_socket*.cpp only.
#pragma once

#include "base/mutex.hpp"
#include "base/time.hpp"
#include "broker/peer/peer_context.hpp"
#include "broker/shell/listener.hpp"
#include "broker/shell/listening_socket.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace eventail::broker {

class ClientSocket;

class Loop {
public:
    Loop(const ListenerOptions& options, PeerContext& context);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // --- from other threads: see Listener

    std::uint16_t port() const { return listening_.port(); }
    void start();
    void stop();
    bool run(const std::function<void()>& task);

    // --- on its own thread

    void set_refusing(bool is_refusing) { is_refusing_ = is_refusing; }
    void for_each_peer(const std::function<void(Peer&)>& visit);

    // --- for clients

    /// Shared, because clients feed their input at once.
    std::span<std::byte> read_buffer() { return read_buffer_; }
    PeerContext& context() { return context_; }
    void log(const std::string& line);

    /// Brings the core up to date before an operation on it. Events may nest.
    TimePoint begin_event();
    /// Sends the results to all clients after the outermost event.
    void end_event() noexcept;
    /// The client has something to write, or has ended.
    void client_is_ready(ClientSocket& client);
    /// Forgets the client. Its pending operations may still hold it.
    void remove(ClientSocket& client);

private:
    void serve();
    void send_what_came_of_it();
    void go_on_later();
    void accept();
    void accept_later();
    void add_client(boost::asio::ip::tcp::socket socket);
    void tell_of_alarm();
    void flush_ready();
    void run_here(const std::function<void()>& task, std::promise<void>& done);
    void shut_down();
    void wake_by(TimePoint deadline);
    void on_timer();

    PeerContext& context_;
    std::function<void(std::string_view)> log_;
    boost::asio::io_context io_{1};
    std::optional<boost::asio::ssl::context> tls_;
    ListeningSocket listening_;
    boost::asio::steady_timer timer_;
    std::optional<TimePoint> armed_for_;
    bool is_refusing_ = false;
    bool was_alarmed_ = false;
    bool is_to_go_on_ = false;
    std::uint64_t lost_letter_count_ = 0;
    int event_depth_ = 0;
    std::uint64_t accepted_count_ = 0;
    std::vector<std::byte> read_buffer_ = std::vector<std::byte>(std::size_t{1} << 17);
    std::unordered_map<ClientSocket*, std::shared_ptr<ClientSocket>> clients_;
    std::vector<std::shared_ptr<ClientSocket>> ready_;
    std::vector<std::shared_ptr<ClientSocket>> flushing_;
    Mutex stop_mutex_;
    bool is_stopped_ EVENTAIL_GUARDED_BY(stop_mutex_) = false;
    std::thread thread_;
};

/// One event, from its beginning to its end.
class EventScope {
public:
    explicit EventScope(Loop& loop) : loop_(loop), now_(loop.begin_event()) {}
    EventScope(const EventScope&) = delete;
    EventScope& operator=(const EventScope&) = delete;
    ~EventScope() { loop_.end_event(); }

    TimePoint now() const { return now_; }

private:
    Loop& loop_;
    TimePoint now_;
};

}  // namespace eventail::broker
