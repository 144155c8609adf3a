// One connection to a Redis or a Sentinel: connects, sends requests and waits for their replies,
// each until a deadline. Owns the socket and the waiting; what replies mean is interpret.hpp's.
#pragma once

#include "net/file_descriptor.hpp"
#include "store/address.hpp"
#include "store/deadline.hpp"
#include "store/reply.hpp"
#include "store/reply_reader.hpp"
#include "store/request.hpp"

#include <span>
#include <string>
#include <vector>

namespace eventail::store {

/// Used by one thread at a time.
class Connection {
public:
    /// Connects; looking up the host is part of it. `kind`: "Redis" or "Sentinel", for messages.
    /// @throws Error connection_failed, timed_out
    Connection(std::string_view kind, HostAndPort address, const Deadline& deadline);

    /// "Redis at host:port", for messages.
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const HostAndPort& address() const { return address_; }

    /// Sends requests in one go, and waits for a reply to each. After an error the connection
    /// is_broken(). @throws Error connection_failed, timed_out, protocol_error, payload_too_large
    std::vector<Reply> ask(std::span<const Request> requests, const ReplyLimits& limits,
                           const Deadline& deadline);
    Reply ask(const Request& request, const ReplyLimits& limits, const Deadline& deadline);

    /// A reply is missing, or the server went away: of no more use.
    [[nodiscard]] bool is_broken() const { return is_broken_; }
    /// Looks, without waiting, whether the server closed an idle connection, or said something that
    /// nobody asked for.
    [[nodiscard]] bool is_quiet() const;

private:
    void connect(const Deadline& deadline);
    std::size_t send(std::span<const std::byte> unsent);
    void receive();
    [[noreturn]] void fail_to_connect(const std::string& why) const;
    [[noreturn]] void lose(const std::string& why) const;

    HostAndPort address_;
    std::string name_;
    net::FileDescriptor socket_;
    ReplyReader reader_;
    bool is_broken_ = false;
};

}  // namespace eventail::store
