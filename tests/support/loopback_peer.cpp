#include "support/loopback_peer.hpp"

#include "net/resolver.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <vector>

namespace eventail::test {

LoopbackPeer::LoopbackPeer(const std::string& address, std::uint16_t port) {
    net::Resolver resolver;
    resolver.start(address, port);
    net::Address local = resolver.take().addresses.at(0);
    listener_ = net::FileDescriptor(
        ::socket(local.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(listener_.get(), local.get(), local.length) != 0 ||
        ::listen(listener_.get(), 8) != 0) {
        throw std::runtime_error("cannot listen on " + address);
    }
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&local.storage), &local.length);
    // The port is at the same place in both families.
    port_ = ntohs(reinterpret_cast<const sockaddr_in*>(&local.storage)->sin_port);
}

pollfd LoopbackPeer::poll_request() const {
    if (!connection_.is_open()) return {is_closed_by_client_ ? -1 : listener_.get(), POLLIN, 0};
    const bool waits_for_input = is_reading_ && !is_closed_by_client_;
    return {connection_.get(),
            static_cast<short>((waits_for_input ? POLLIN : 0) | (output_.empty() ? 0 : POLLOUT)),
            0};
}

void LoopbackPeer::step() {
    if (!connection_.is_open() && !is_closed_by_client_) {
        connection_ = net::FileDescriptor(
            ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    }
    if (connection_.is_open() && is_reading_) receive();
    if (connection_.is_open()) transmit();
}

void LoopbackPeer::receive() {
    std::vector<std::byte> buffer(1 << 18);
    const ssize_t count = ::recv(connection_.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count <= 0) {
        is_closed_by_client_ = true;
        return;
    }
    const wire::Bytes bytes(buffer.data(), static_cast<std::size_t>(count));
    if (tls_) {
        tls_->feed(bytes);
        output_ += tls_->take_output();
    } else {
        received_ += wire::as_text(bytes);
    }
}

void LoopbackPeer::send(std::string_view text) {
    if (tls_) {
        tls_->write(text);
        output_ += tls_->take_output();
    } else {
        output_ += text;
    }
}

void LoopbackPeer::transmit() {
    const std::size_t size = std::min(output_.size(), most_per_step_);
    const ssize_t count = ::send(connection_.get(), output_.data(), size, MSG_NOSIGNAL);
    if (count > 0) output_.erase(0, static_cast<std::size_t>(count));
}

void LoopbackPeer::reset() {
    const linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(connection_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    connection_.reset();
}

std::uint16_t refusing_port(const std::string& address) { return LoopbackPeer(address).port(); }

}  // namespace eventail::test
