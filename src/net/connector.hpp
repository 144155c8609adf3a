// Connects TCP to one of several addresses: tries one after the other, without blocking. Owns the
// sockets until one is connected; link reads and writes.
#pragma once

#include "base/time.hpp"
#include "net/address.hpp"
#include "net/file_descriptor.hpp"

#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace eventail::net {

class Connector {
public:
    enum class State { idle, connecting, connected, failed };

    /// Tries each address for `address_timeout`. `whole_deadline` replaces that limit with one for
    /// all together: each address gets an equal share of the remaining time.
    void start(std::vector<Address> addresses, Duration address_timeout,
               std::optional<TimePoint> whole_deadline, TimePoint now);
    /// After poll() on fd() for POLLOUT, or at deadline() with revents 0.
    void advance(short revents, TimePoint now);
    /// Closes what is open and forgets everything.
    void reset() { *this = Connector(); }

    State state() const { return state_; }
    int fd() const { return socket_.get(); }
    TimePoint deadline() const { return deadline_; }

    /// Once connected: the socket, with TCP_NODELAY and SO_KEEPALIVE, and its address.
    FileDescriptor take_socket();
    const Address& address() const { return addresses_[current_]; }
    /// The addresses that it tried before, without success.
    std::span<const Address> failed_addresses() const { return {addresses_.data(), current_}; }

    /// Once failed: one line that names each address and its failure, with a question that helps.
    std::string failure() const;
    std::error_code failure_code() const { return errors_.back(); }

private:
    void try_current(TimePoint now);
    void give_up_current(std::error_code why, TimePoint now);
    void finish_current(TimePoint now);
    TimePoint deadline_of_current(TimePoint now) const;

    State state_ = State::idle;
    std::vector<Address> addresses_;
    std::vector<std::error_code> errors_;  // of the addresses before current_
    std::size_t current_ = 0;
    Duration address_timeout_{};
    std::optional<TimePoint> whole_deadline_;
    TimePoint deadline_{};
    FileDescriptor socket_;
};

}  // namespace eventail::net
