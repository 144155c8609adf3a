#include "store/connection.hpp"

#include "net/connector.hpp"
#include "net/resolver.hpp"
#include "net/system_calls.hpp"
#include <eventail/error.hpp>

#include <poll.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace eventail::store {
namespace {

bool is_no_failure(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

// Waits for `events`, or until the deadline. @return what poll() found
short wait_for(int fd, short events, TimePoint until) {
    pollfd polled = {fd, events, 0};
    const Deadline deadline(Duration::zero(), until);
    net::system::poll({&polled, 1}, deadline.remaining_ms(Clock::now()));
    return polled.revents;
}

std::string system_text(std::error_code error) { return error.message(); }

std::string system_text(int error) { return system_text({error, std::generic_category()}); }

}  // namespace

Connection::Connection(std::string_view kind, HostAndPort address, const Deadline& deadline)
    : address_(std::move(address)), name_(std::string(kind) + " at " + to_text(address_)) {
    connect(deadline);
}

void Connection::connect(const Deadline& deadline) {
    net::Resolver resolver;
    resolver.start(address_.host, address_.port);
    while (!resolver.is_done()) {
        if (deadline.has_passed(Clock::now())) {
            throw Error(
                Errc::timed_out,
                "the host of " + name_ + " was not found in time; is the name server reachable?");
        }
        wait_for(resolver.fd(), POLLIN, deadline.at());
    }
    net::Resolution found = resolver.take();
    if (!found.failure.empty()) fail_to_connect(found.failure);

    net::Connector connector;
    TimePoint now = Clock::now();
    connector.start(std::move(found.addresses), Duration::zero(), deadline.at(), now);
    while (connector.state() == net::Connector::State::connecting) {
        const short events = wait_for(connector.fd(), POLLOUT, connector.deadline());
        now = Clock::now();
        connector.advance(events, now);
    }
    if (connector.state() == net::Connector::State::failed) {
        if (connector.failure_code() == std::errc::timed_out) {
            throw Error(Errc::timed_out, "cannot connect to " + name_ +
                                             " in time; are host, port and firewalls right?");
        }
        fail_to_connect(system_text(connector.failure_code()));
    }
    socket_ = connector.take_socket();
}

Reply Connection::ask(const Request& request, const ReplyLimits& limits, const Deadline& deadline) {
    return std::move(ask(std::span(&request, 1), limits, deadline).front());
}

std::vector<Reply> Connection::ask(std::span<const Request> requests, const ReplyLimits& limits,
                                   const Deadline& deadline) {
    is_broken_ = true;  // until all has gone well
    reader_.set_limits(limits);
    std::vector<Reply> replies;
    std::size_t sent_requests = 0;
    std::span<const std::byte> unsent = requests.front().bytes();
    while (replies.size() < requests.size()) {
        const short wanted = unsent.empty() ? POLLIN : POLLIN | POLLOUT;
        const short found = wait_for(socket_.get(), wanted, deadline.at());
        if ((found & (POLLIN | POLLHUP | POLLERR)) != 0) {
            receive();
            try {
                while (auto reply = reader_.next()) replies.push_back(*std::move(reply));
            } catch (const Error& error) {
                throw Error(error.code(), "what " + name_ + " says is unusable: " + error.what());
            }
            if (replies.size() > requests.size()) {
                throw Error(Errc::protocol_error, name_ + " answers more than it was asked");
            }
        }
        if ((found & POLLOUT) != 0) unsent = unsent.subspan(send(unsent));
        if (unsent.empty() && sent_requests + 1 < requests.size()) {
            unsent = requests[++sent_requests].bytes();
        }
        if (deadline.has_passed(Clock::now()) && replies.size() < requests.size()) {
            throw Error(Errc::timed_out, name_ + " did not answer in time");
        }
    }
    is_broken_ = !unsent.empty();
    return replies;
}

std::size_t Connection::send(std::span<const std::byte> unsent) {
    iovec part = {const_cast<std::byte*>(unsent.data()), unsent.size()};
    const ssize_t count = net::system::send(socket_.get(), {&part, 1});
    if (count >= 0) return static_cast<std::size_t>(count);
    if (!is_no_failure(errno)) lose(system_text(errno));
    return 0;
}

void Connection::receive() {
    std::array<std::byte, std::size_t{64} * 1024> buffer;
    const iovec part = {buffer.data(), buffer.size()};
    const ssize_t count = net::system::receive(socket_.get(), {&part, 1});
    if (count == 0) lose("it was closed");
    if (count > 0) {
        reader_.feed({buffer.data(), static_cast<std::size_t>(count)});
    } else if (!is_no_failure(errno)) {
        lose(system_text(errno));
    }
}

bool Connection::is_quiet() const {
    pollfd polled = {socket_.get(), POLLIN, 0};
    return net::system::poll({&polled, 1}, 0) == 0;
}

void Connection::fail_to_connect(const std::string& why) const {
    throw Error(Errc::connection_failed, "cannot connect to " + name_ + ": " + why);
}

void Connection::lose(const std::string& why) const {
    throw Error(Errc::connection_failed,
                "lost the connection to " + name_ + " before its answer: " + why);
}

}  // namespace eventail::store
