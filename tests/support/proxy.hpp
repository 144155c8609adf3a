// A TCP proxy on loopback, between a client and a broker, that can be unkind: holds back what the
// broker says, hands it on one byte at a time, cuts connections. Works in a thread of its own.
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

    /// Whether the broker's bytes are handed on one by one.
    void dribble(bool is_on) { is_dribbling_ = is_on; }
    /// Cuts the connections over which the client has sent this text, such as a connection name.
    void cut(std::string_view text_from_client);
    /// From now on holds back what the broker says on those connections, once there is one that is
    /// ready to publish with confirms. @throws std::runtime_error: there is none in ten seconds
    void hold_back(std::string_view text_from_client);
    /// Hands on what was held back, and everything after it.
    void let_go();
    /// Whether new connections are accepted and then left without an answer.
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
