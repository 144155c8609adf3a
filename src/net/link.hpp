// Moves the bytes of one connection to a broker over a non-blocking socket, in the clear or
// through TLS. Owns resolving, connecting, securing, their deadlines and the words for what fails;
// knows nothing of what the bytes mean (session) and waits for nothing (its caller polls).
#pragma once

#include "base/time.hpp"
#include "net/address_order.hpp"
#include "net/connector.hpp"
#include "net/lookups.hpp"
#include "net/resolver.hpp"
#include "net/tls.hpp"
#include "net/url.hpp"
#include "wire/buffer.hpp"

#include <poll.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace eventail::net {

/// How long each step may take. A url's connection_timeout takes the place of all three: the steps
/// share it.
struct LinkOptions {
    Duration resolve_timeout = std::chrono::seconds{10};
    Duration connect_timeout = std::chrono::seconds{10};  ///< for each address of the host
    Duration tls_timeout = std::chrono::seconds{10};
    /// Where host names are looked up; null: where this process does it. Not owned.
    Lookups* lookups = nullptr;
    /// Shared by links to the same brokers, so that one learns from the other; null: of its own.
    std::shared_ptr<AddressOrder> order = nullptr;
};

/// Single-threaded, and nothing in it blocks. Use: open(); then again and again poll() on
/// poll_request() until next_deadline(), advance(), read() until it is empty, write(). Not for the
/// child of a fork.
class Link {
public:
    enum class State { idle, resolving, connecting, securing, open, closed };

    explicit Link(LinkOptions options = {});
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() { close(); }

    /// Starts over with a url, whatever was before. Never throws for what a url leads to: an
    /// unusable certificate file closes the link like everything else that fails.
    void open(const Url& url, TimePoint now);

    State state() const { return state_; }

    /// What to wait for. fd −1: nothing. POLLOUT is included when the link itself has something to
    /// write, and when open and `wants_write`.
    pollfd poll_request(bool wants_write) const;
    /// When advance() must be called at the latest.
    std::optional<TimePoint> next_deadline() const;

    /// Goes on with whatever `revents` of poll() allow, then checks deadlines. 0: time only.
    void advance(short revents, TimePoint now);

    /// The next bytes, in a buffer of the link, valid until the next call. Empty: nothing more
    /// until the next advance() with POLLIN, or closed, see state(). What came before the end of
    /// the connection is given first. After each advance(), read until it is empty: TLS may hold
    /// more than poll() knows.
    wire::Bytes read(TimePoint now);

    struct Received {
        std::size_t in_room = 0;
        wire::Bytes rest = {};  ///< in a buffer of the link, valid until the next call
    };
    /// As read(), but the first bytes go into `room`, and at most `rest_bytes` more are read.
    Received read_into(std::span<std::byte> room, std::size_t rest_bytes, TimePoint now);

    /// Writes as much of `views` as is taken now, in the clear gathered in one system call.
    /// A connection that broke takes nothing; the next read() says so, after what had come before.
    /// @return bytes taken
    std::size_t write(std::span<const wire::Bytes> views, TimePoint now);
    /// True when everything that write() took has reached the kernel.
    bool is_flushed() const { return !tls_ || tls_->pending_ciphertext().empty(); }

    /// Closes at once, with TLS's goodbye if the kernel takes it.
    void close();
    /// Closes, because what answers at this address is of no use: the others are tried before it
    /// for a while. A link that closes by itself notes that, too.
    void give_up_address(TimePoint now);

    /// When it closed by itself, until the next open(): one line with the url (redacted), what
    /// failed and what to check. Otherwise empty.
    const std::string& failure() const { return failure_; }
    std::error_code failure_code() const { return failure_code_; }

private:
    void advance_resolving(short revents, TimePoint now);
    void advance_connecting(short revents, TimePoint now);
    void advance_securing(short revents, TimePoint now);
    void connect(const std::vector<Address>& addresses, TimePoint now);
    void connected(TimePoint now);

    bool may_receive();
    std::size_t decrypt(std::span<std::byte> out);
    std::size_t receive(std::span<std::byte> first, std::size_t rest_bytes);
    std::size_t send(std::span<const wire::Bytes> views);
    std::size_t write_plain(std::span<const wire::Bytes> views);
    std::size_t write_tls(std::span<const wire::Bytes> views);
    wire::Bytes next_record(std::span<const wire::Bytes> views, std::size_t offset);
    bool flush();
    void report_end();
    void report_tls_failure();
    void fail(std::string_view what, std::error_code code);
    TimePoint deadline(Duration timeout, TimePoint now) const;

    LinkOptions options_;
    Url url_;
    State state_ = State::idle;
    std::optional<TimePoint> whole_deadline_;
    TimePoint step_deadline_{};  // of resolving and securing

    TimePoint now_{};  // of the call that is being served

    Resolver resolver_;
    Connector connector_;
    FileDescriptor socket_;
    Address address_;
    std::string peer_;  // the address, for messages
    std::unique_ptr<TlsFilter> tls_;

    std::unique_ptr<std::byte[]> received_;   // from the socket
    std::unique_ptr<std::byte[]> plaintext_;  // with TLS only
    wire::Buffer record_;                     // with TLS only: gathered to be sent
    bool is_readable_ = false;                // as far as poll() said and recv() did not deny
    bool has_ended_ = false;                  // the peer will send nothing more
    std::error_code broken_;                  // why the socket failed, kept until all is read

    std::string failure_;
    std::error_code failure_code_;
};

}  // namespace eventail::net
