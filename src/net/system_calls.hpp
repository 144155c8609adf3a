// The system calls below links: descriptors, events, sockets, waiting for them. As the system has
// them, errno included. Part of the seam: docs/decisions/0020.
#pragma once

#include "net/address.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>

namespace eventail::net::system {

/// Waits for any of them. @return how many have something; −1: an error
inline int poll(std::span<pollfd> polled, int timeout_ms) {
    return ::poll(polled.data(), polled.size(), timeout_ms);
}

inline void close(int fd) { ::close(fd); }

/// A counter that can be polled, at 0. @return −1: there is no descriptor left
inline int make_event() { return ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

/// Makes it readable.
inline void raise_event(int fd) {
    const std::uint64_t one = 1;
    // Fails only when it is readable already.
    [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
}

inline void clear_event(int fd) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(fd, &count, sizeof count);
}

/// A TCP socket that does not block, sends at once and keeps alive. @return −1: an error
inline int make_socket(int family) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0) return fd;
    const int on = 1;  // better with, works without
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    return fd;
}

inline int connect(int fd, const Address& to) { return ::connect(fd, to.get(), to.length); }

/// What became of a connect(): 0, or an error.
inline int connect_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

/// A client that keeps trying a local port where nobody listens may be given that very port as its
/// own, and TCP then connects it to itself.
inline bool is_connected_to_itself(int fd) {
    Address here;
    Address there;
    here.length = there.length = sizeof(sockaddr_storage);
    return ::getsockname(fd, reinterpret_cast<sockaddr*>(&here.storage), &here.length) == 0 &&
           ::getpeername(fd, reinterpret_cast<sockaddr*>(&there.storage), &there.length) == 0 &&
           here == there;
}

inline ssize_t receive(int fd, std::span<const iovec> parts) {
    return ::readv(fd, parts.data(), static_cast<int>(parts.size()));
}

inline ssize_t send(int fd, std::span<iovec> parts) {
    msghdr message = {};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace eventail::net::system
