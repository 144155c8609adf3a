#include "support/proxy.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

namespace eventail::test {
namespace {

constexpr std::size_t most_waiting_bytes = 1 << 20;
constexpr std::size_t hello_bytes = 4096;
/// Class 85, method 11: a client waits for it last before it publishes.
constexpr std::string_view confirm_select_ok{"\x00\x55\x00\x0B", 4};

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

net::FileDescriptor tcp_socket(int flags = 0) {
    net::FileDescriptor made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    if (!made.is_open()) throw std::runtime_error("no socket");
    return made;
}

void send_at_once(const net::FileDescriptor& socket) {
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

Proxy::Proxy(const std::string& broker_url) : listener_(tcp_socket(SOCK_NONBLOCK)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 16) != 0 ||
        ::getsockname(listener_.get(), generic, &size) != 0) {
        throw std::runtime_error("cannot listen");
    }
    const std::size_t colon = broker_url.rfind(':');
    broker_port_ = static_cast<std::uint16_t>(std::stoi(broker_url.substr(colon + 1)));
    url_ = broker_url.substr(0, colon + 1) + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { work(); });
}

Proxy::~Proxy() {
    is_over_ = true;
    thread_.join();
}

void Proxy::cut(std::string_view text_from_client) {
    const std::lock_guard lock(mutex_);
    for (Pair& pair : pairs_) {
        if (pair.hello.find(text_from_client) != std::string::npos) pair.is_cut = true;
    }
}

void Proxy::hold_back(std::string_view text_from_client) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!try_to_hold_back(text_from_client)) {
        if (std::chrono::steady_clock::now() >= give_up) {
            throw std::runtime_error("no connection" + std::string(text_from_client));
        }
        ::poll(nullptr, 0, 5);
    }
}

bool Proxy::try_to_hold_back(std::string_view text_from_client) {
    const std::lock_guard lock(mutex_);
    bool is_done = false;
    for (Pair& pair : pairs_) {
        if (pair.hello.find(text_from_client) == std::string::npos) continue;
        if (!pair.is_confirming || !pair.to_client.waiting.empty()) continue;
        pair.is_held_back = true;
        is_done = true;
    }
    return is_done;
}

void Proxy::let_go() {
    const std::lock_guard lock(mutex_);
    for (Pair& pair : pairs_) pair.is_held_back = false;
}

void Proxy::work() {
    std::vector<pollfd> polled;
    while (!is_over_) {
        polled.assign(1, {.fd = listener_.get(), .events = POLLIN, .revents = 0});
        {
            const std::lock_guard lock(mutex_);
            for (const Pair& pair : pairs_) {
                const auto events = [](const Direction& in, const Direction& out, bool may_write) {
                    return static_cast<short>(
                        (in.waiting.size() < most_waiting_bytes && !in.has_ended ? POLLIN : 0) |
                        (!out.waiting.empty() && may_write ? POLLOUT : 0));
                };
                polled.push_back(
                    {.fd = pair.client.get(),
                     .events = events(pair.to_broker, pair.to_client, !pair.is_held_back),
                     .revents = 0});
                if (pair.broker.is_open()) {
                    polled.push_back({.fd = pair.broker.get(),
                                      .events = events(pair.to_client, pair.to_broker, true),
                                      .revents = 0});
                }
            }
        }
        ::poll(polled.data(), polled.size(), 10);
        accept_one();
        const std::lock_guard lock(mutex_);
        for (Pair& pair : pairs_) move(pair);
        pairs_.remove_if([](const Pair& pair) { return pair.is_cut; });
    }
}

void Proxy::accept_one() {
    net::FileDescriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.is_open()) return;
    ++accepted_;
    Pair pair{.client = std::move(client), .broker = {}};
    send_at_once(pair.client);
    if (!is_deaf_) {
        pair.broker = tcp_socket();
        const sockaddr_in address = loopback(broker_port_);
        // The broker is down: ends the client's connection.
        if (::connect(pair.broker.get(), reinterpret_cast<const sockaddr*>(&address),
                      sizeof address) != 0) {
            return;
        }
        send_at_once(pair.broker);
    }
    const std::lock_guard lock(mutex_);
    pairs_.push_back(std::move(pair));
}

void Proxy::move(Pair& pair) {
    if (pair.is_cut) return;
    receive(pair.client, pair.to_broker);
    if (pair.hello.size() < hello_bytes) pair.hello += pair.to_broker.waiting;
    if (!pair.broker.is_open()) {
        pair.is_cut = pair.to_broker.has_ended;
        return;
    }
    receive(pair.broker, pair.to_client);
    if (!pair.is_confirming) {
        pair.is_confirming = pair.to_client.waiting.find(confirm_select_ok) != std::string::npos;
    }
    transmit(pair.broker, pair.to_broker, most_waiting_bytes);
    if (!pair.is_held_back) transmit(pair.client, pair.to_client, is_dribbling_ ? 1 : 65536);
    const bool has_client_left = pair.to_broker.has_ended && pair.to_broker.waiting.empty();
    const bool has_broker_left = pair.to_client.has_ended && pair.to_client.waiting.empty();
    pair.is_cut = has_client_left || has_broker_left;
}

void Proxy::receive(const net::FileDescriptor& from, Direction& direction) {
    std::array<char, 65536> part;
    while (!direction.has_ended && direction.waiting.size() < most_waiting_bytes) {
        const ssize_t got = ::recv(from.get(), part.data(), part.size(), MSG_DONTWAIT);
        if (got < 0) {
            direction.has_ended = errno != EAGAIN && errno != EINTR;
            return;
        }
        direction.has_ended = got == 0;
        direction.waiting.append(part.data(), static_cast<std::size_t>(got));
    }
}

void Proxy::transmit(const net::FileDescriptor& to, Direction& direction, std::size_t most) {
    if (direction.waiting.empty()) return;
    const ssize_t sent =
        ::send(to.get(), direction.waiting.data(), std::min(most, direction.waiting.size()),
               MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
        direction.waiting.erase(0, static_cast<std::size_t>(sent));
    } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        direction.has_ended = true;
        direction.waiting.clear();
    }
}

}  // namespace eventail::test
