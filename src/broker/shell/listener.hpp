// The broker's sockets and its thread: accepts, moves bytes between clients and their peers, keeps
// the time. Hides Asio.
#pragma once

#include "broker/core/core.hpp"
#include "broker/peer/peer.hpp"
#include "broker/peer/peer_context.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace eventail::broker {

class Loop;

struct ListenerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::string certificate_file = {};  ///< PEM; empty: no TLS
    std::string key_file = {};
    std::function<void(std::string_view)> log = {};
};

class Listener {
public:
    /// Listens when it returns; start() begins to answer. @throws Error
    Listener(const ListenerOptions& options, PeerContext& context);
    /// Stops.
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::uint16_t port() const;
    void start();
    /// Closes all connections and ends the thread. Call it from any other thread.
    void stop();

    /// Runs it on the broker's thread, waits, and rethrows its exception. After stop(), does not
    /// run it and returns false.
    bool run(const std::function<void()>& task);

    // On the broker's thread only.

    void for_each_peer(const std::function<void(Peer&)>& visit);
    void set_refusing(bool is_refusing);

private:
    std::unique_ptr<Loop> loop_;
};

}  // namespace eventail::broker
