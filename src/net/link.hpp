// Moves the bytes of one connection to a broker over a non-blocking socket, in the clear or through
// TLS. Owns resolving, connecting, securing, their deadlines and their error messages. Does not
// interpret the bytes (session does) and never waits (its caller polls).
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

/// The time limit of each step. A url's connection_timeout replaces all three: the steps share it.
struct LinkOptions {
    Duration resolve_timeout = std::chrono::seconds{10};
    Duration connect_timeout = std::chrono::seconds{10};  ///< for each address of the host
    Duration tls_timeout = std::chrono::seconds{10};
    /// Looks up host names; null: this process does it. Not owned.
    Lookups* lookups = nullptr;
    /// Shared by links to the same brokers, so that they learn from each other; null: its own.
    std::shared_ptr<AddressOrder> order = nullptr;
};

/// Single-threaded, and nothing in it blocks. Use: open(); then repeat: poll() on poll_request()
/// until next_deadline(), advance(), read() until empty, write(). Do not use it in the child of a
/// fork.
class Link {
public:
    enum class State { idle, resolving, connecting, securing, open, closed };

    explicit Link(LinkOptions options = {});
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() { close(); }

    /// Starts over with a url, in any state. Never throws for a bad url target: an unusable
    /// certificate file closes the link, as any other failure does.
    void open(const Url& url, TimePoint now);

    State state() const { return state_; }

    /// What to wait for. fd −1: nothing. Includes POLLOUT when the link itself has something to
    /// write, and when it is open and `wants_write`.
    pollfd poll_request(bool wants_write) const;
    /// When advance() must be called at the latest.
    std::optional<TimePoint> next_deadline() const;

    /// Acts on the `revents` of poll(), then checks deadlines. 0 checks deadlines only.
    void advance(short revents, TimePoint now);

    /// The next bytes, in a buffer of the link, valid until the next call. Empty: nothing more
    /// until the next advance() with POLLIN, or the link is closed, see state(). Bytes from before
    /// the end of the connection come first. After each advance(), read until it returns nothing:
    /// TLS may hold more than poll() knows.
    wire::Bytes read(TimePoint now);

    struct Received {
        std::size_t in_room = 0;
        wire::Bytes rest = {};  ///< in a buffer of the link, valid until the next call
    };
    /// As read(), but the first bytes go into `room`, and at most `rest_bytes` more are read.
    Received read_into(std::span<std::byte> room, std::size_t rest_bytes, TimePoint now);

    /// Writes as much of `views` as fits now; in the clear, with one system call. A broken
    /// connection takes nothing; the next read() reports it, after the bytes that came before.
    /// @return bytes taken
    std::size_t write(std::span<const wire::Bytes> views, TimePoint now);
    /// True when everything that write() took has reached the kernel.
    bool is_flushed() const { return !tls_ || tls_->pending_ciphertext().empty(); }

    /// Closes at once, with TLS's goodbye if the kernel takes it.
    void close();
    /// Closes because the server at this address is of no use. The host's other addresses get tried
    /// before it for a while. A link that fails records that by itself.
    void give_up_address(TimePoint now);

    /// Why the link closed by itself, until the next open(): one line with the url (redacted), the
    /// failed step and what to check. Otherwise empty.
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

    TimePoint now_{};  // of the current call

    Resolver resolver_;
    Connector connector_;
    FileDescriptor socket_;
    Address address_;
    std::string peer_;  // the address, for messages
    std::unique_ptr<TlsFilter> tls_;

    std::unique_ptr<std::byte[]> received_;   // from the socket
    std::unique_ptr<std::byte[]> plaintext_;  // with TLS only
    wire::Buffer record_;                     // with TLS only: gathered to be sent
    bool is_readable_ = false;                // as poll() said, until recv() finds nothing
    bool has_ended_ = false;                  // the peer will send nothing more
    std::error_code broken_;                  // why the socket failed, kept until all is read

    std::string failure_;
    std::error_code failure_code_;
};

}  // namespace eventail::net
