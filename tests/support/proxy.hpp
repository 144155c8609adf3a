// An unkind TCP proxy on loopback, between a client and a broker: holds back the broker's bytes,
// passes them on one at a time, cuts connections. Runs in a separate thread.
#pragma once

#include "net/file_descriptor.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace eventail::test {

class Proxy {
public:
    /// Listens on a free port. `broker_url` is amqp://login@127.0.0.1:port.
    explicit Proxy(const std::string& broker_url);
    ~Proxy();
    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;

    /// The broker's url, with this proxy's port.
    const std::string& url() const { return url_; }

    /// Whether to pass on the broker's bytes one at a time.
    void dribble(bool is_on) { is_dribbling_ = is_on; }
    /// Cuts the connections on which the client has sent this text, such as a connection name.
    void cut(std::string_view text_from_client);
    /// From now on holds back the broker's bytes on those connections, once one is ready to publish
    /// with confirms. @throws std::runtime_error if none is within ten seconds
    void hold_back(std::string_view text_from_client);
    /// Passes on all held-back bytes, and everything after them.
    void let_go();
    /// Whether to accept new connections but never answer.
    void be_deaf(bool is_on) { is_deaf_ = is_on; }

    std::size_t accepted() const { return accepted_; }

private:
    struct Direction {
        std::string waiting = {};
        bool has_ended = false;
    };
    struct Pair {
        net::FileDescriptor client;
        net::FileDescriptor broker;
        Direction to_broker = {};
        Direction to_client = {};
        std::string hello = {};  // the first bytes from the client
        bool is_confirming = false;
        bool is_held_back = false;
        bool is_cut = false;
    };

    bool try_to_hold_back(std::string_view text_from_client);
    void work();
    void accept_one();
    void move(Pair& pair);
    static void receive(const net::FileDescriptor& from, Direction& direction);
    static void transmit(const net::FileDescriptor& to, Direction& direction, std::size_t most);

    std::string url_;
    std::uint16_t broker_port_ = 0;
    net::FileDescriptor listener_;
    std::mutex mutex_;
    std::list<Pair> pairs_;
    std::atomic<bool> is_dribbling_ = false;
    std::atomic<bool> is_deaf_ = false;
    std::atomic<bool> is_over_ = false;
    std::atomic<std::size_t> accepted_ = 0;
    std::thread thread_;
};

}  // namespace eventail::test
