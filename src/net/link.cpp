#include "net/link.hpp"

#include "net/system_calls.hpp"
#include <eventail/error.hpp>

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace eventail::net {
namespace {

constexpr std::size_t buffer_bytes = 128 * 1024;
constexpr std::size_t most_views_at_once = 64;
constexpr std::size_t tls_record_bytes = 16 * 1024;
constexpr short readable_events = POLLIN | POLLHUP | POLLERR;

bool is_would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

std::size_t total_bytes(std::span<const wire::Bytes> views) {
    std::size_t total = 0;
    for (const wire::Bytes view : views) total += view.size();
    return total;
}

}  // namespace

Link::Link(LinkOptions options) : options_(std::move(options)), resolver_(options_.lookups) {
    if (!options_.order) options_.order = std::make_shared<AddressOrder>();
}

void Link::open(const Url& url, TimePoint now) {
    close();
    now_ = now;
    failure_.clear();
    failure_code_.clear();
    url_ = url;
    whole_deadline_.reset();
    if (url.connection_timeout) whole_deadline_ = now + *url.connection_timeout;
    if (url.is_tls) {
        try {
            tls_ = std::make_unique<TlsFilter>(url);
        } catch (const Error& error) {
            return fail(error.what(), error.code());
        }
    }
    state_ = State::resolving;
    step_deadline_ = deadline(options_.resolve_timeout, now);
    if (resolver_.start(url.host, url.port)) advance_resolving(POLLIN, now);
}

void Link::close() {
    if (state_ == State::open && tls_) {
        tls_->close_notify();
        flush();
    }
    resolver_.reset();
    connector_.reset();
    socket_.reset();
    tls_.reset();
    broken_.clear();
    is_readable_ = has_ended_ = false;
    if (state_ != State::idle) state_ = State::closed;
}

void Link::give_up_address(TimePoint now) {
    if (socket_.is_open()) options_.order->failed(address_, now);
    close();
}

pollfd Link::poll_request(bool wants_write) const {
    const bool has_output = !broken_ && (!is_flushed() || (state_ == State::open && wants_write));
    switch (state_) {
        case State::resolving: return {resolver_.fd(), POLLIN, 0};
        case State::connecting: return {connector_.fd(), POLLOUT, 0};
        case State::securing:
        case State::open:
            return {socket_.get(), static_cast<short>(has_output ? POLLIN | POLLOUT : POLLIN), 0};
        case State::idle:
        case State::closed: break;
    }
    return {-1, 0, 0};
}

std::optional<TimePoint> Link::next_deadline() const {
    switch (state_) {
        case State::resolving:
        case State::securing: return step_deadline_;
        case State::connecting: return connector_.deadline();
        default: return std::nullopt;
    }
}

void Link::advance(short revents, TimePoint now) {
    now_ = now;
    switch (state_) {
        case State::resolving: return advance_resolving(revents, now);
        case State::connecting: return advance_connecting(revents, now);
        case State::securing: return advance_securing(revents, now);
        case State::open:
            if ((revents & readable_events) != 0) is_readable_ = true;
            if ((revents & POLLOUT) != 0) flush();
            return;
        case State::idle:
        case State::closed: return;
    }
}

void Link::advance_resolving(short revents, TimePoint now) {
    if ((revents & POLLIN) != 0 && resolver_.is_done()) {
        Resolution found = resolver_.take();
        if (found.failure.empty()) return connect(found.addresses, now);
        fail(found.failure, Errc::connection_failed);
    } else if (now >= step_deadline_) {
        fail("resolving the host name took too long; is the name server reachable?",
             std::make_error_code(std::errc::timed_out));
    }
}

void Link::connect(const std::vector<Address>& addresses, TimePoint now) {
    state_ = State::connecting;
    connector_.start(options_.order->sorted(addresses, now), options_.connect_timeout,
                     whole_deadline_, now);
    advance_connecting(0, now);
}

void Link::advance_connecting(short revents, TimePoint now) {
    connector_.advance(revents, now);
    if (connector_.state() == Connector::State::connecting) return;
    for (const Address& each : connector_.failed_addresses()) options_.order->failed(each, now);
    if (connector_.state() == Connector::State::connected) return connected(now);
    fail(connector_.failure(), connector_.failure_code());
}

void Link::connected(TimePoint now) {
    address_ = connector_.address();
    peer_ = to_text(address_);
    socket_ = connector_.take_socket();
    connector_.reset();
    if (!received_) received_ = std::make_unique_for_overwrite<std::byte[]>(buffer_bytes);
    if (!tls_) {
        state_ = State::open;
        return;
    }
    if (!plaintext_) plaintext_ = std::make_unique_for_overwrite<std::byte[]>(buffer_bytes);
    state_ = State::securing;
    step_deadline_ = deadline(options_.tls_timeout, now);
    advance_securing(0, now);
}

void Link::advance_securing(short revents, TimePoint now) {
    if ((revents & readable_events) != 0) {
        is_readable_ = true;
        const std::size_t count = receive({}, buffer_bytes);
        tls_->feed_ciphertext({received_.get(), count});
    }
    const TlsFilter::State outcome = tls_->handshake();
    flush();
    if (outcome == TlsFilter::State::open) {
        state_ = State::open;
    } else if (outcome == TlsFilter::State::failed) {
        report_tls_failure();
    } else if (has_ended_) {
        report_end();
    } else if (now >= step_deadline_) {
        fail("no TLS handshake with " + peer_ + " in time; is it a TLS port?",
             std::make_error_code(std::errc::timed_out));
    }
}

wire::Bytes Link::read(TimePoint now) { return read_into({}, buffer_bytes, now).rest; }

Link::Received Link::read_into(std::span<std::byte> room, std::size_t rest_bytes, TimePoint now) {
    now_ = now;
    while (state_ == State::open) {
        if (tls_) {
            const std::span<std::byte> own(plaintext_.get(), buffer_bytes);
            const std::size_t count = decrypt(room.empty() ? own : room);
            if (count > 0 && room.empty()) return {.rest = own.first(count)};
            if (count > 0) return {.in_room = count};
        }
        if (!may_receive()) break;
        if (tls_) {
            const std::size_t count = receive({}, buffer_bytes);
            tls_->feed_ciphertext({received_.get(), count});
        } else if (const std::size_t count = receive(room, rest_bytes); count > 0) {
            const std::size_t in_room = std::min(count, room.size());
            return {.in_room = in_room, .rest = {received_.get(), count - in_room}};
        }
    }
    return {};
}

/// Whether the socket may have more data. Records the end if no more will come.
bool Link::may_receive() {
    if (state_ != State::open || (!is_readable_ && !has_ended_)) return false;
    if (has_ended_) report_end();
    return state_ == State::open;
}

std::size_t Link::decrypt(std::span<std::byte> out) {
    const std::size_t count = tls_->read_plaintext(out);
    flush();
    if (count > 0) return count;
    if (tls_->state() == TlsFilter::State::closed) has_ended_ = true;
    if (tls_->state() == TlsFilter::State::failed) report_tls_failure();
    return 0;
}

/// Fills `first` and then received_ with the kernel's data. A short read means that the kernel has
/// no more.
std::size_t Link::receive(std::span<std::byte> first, std::size_t rest_bytes) {
    std::array<iovec, 2> parts = {iovec{first.data(), first.size()},
                                  iovec{received_.get(), std::min(rest_bytes, buffer_bytes)}};
    const ssize_t result = system::receive(socket_.get(), parts);
    if (result > 0) {
        is_readable_ = static_cast<std::size_t>(result) == parts[0].iov_len + parts[1].iov_len;
        return static_cast<std::size_t>(result);
    }
    if (result < 0 && errno == EINTR) return 0;
    is_readable_ = false;
    if (result < 0 && is_would_block(errno)) {
        has_ended_ = static_cast<bool>(broken_);  // set by a send(); it cannot recover
        return 0;
    }
    if (result < 0 && !broken_) broken_ = {errno, std::generic_category()};
    has_ended_ = true;
    return 0;
}

std::size_t Link::write(std::span<const wire::Bytes> views, TimePoint) {
    if (state_ != State::open || broken_) return 0;
    return tls_ ? write_tls(views) : write_plain(views);
}

std::size_t Link::write_plain(std::span<const wire::Bytes> views) {
    std::size_t total = 0;
    while (!views.empty()) {
        const auto batch = views.first(std::min(views.size(), most_views_at_once));
        const std::size_t count = send(batch);
        total += count;
        if (count < total_bytes(batch)) break;
        views = views.subspan(batch.size());
    }
    return total;
}

std::size_t Link::write_tls(std::span<const wire::Bytes> views) {
    std::size_t total = 0;
    std::size_t offset = 0;  // of the written bytes of the first view
    for (;;) {
        while (!views.empty() && offset == views[0].size()) {
            views = views.subspan(1);
            offset = 0;
        }
        if (views.empty()) break;
        const wire::Bytes record = next_record(views, offset);
        const std::size_t count = tls_->write_plaintext(record);
        total += count;
        // A short write means that the ciphertext buffer is full.
        const bool may_go_on =
            count == record.size() || (flush() && tls_->state() == TlsFilter::State::open);
        if (!may_go_on) return total;
        for (std::size_t left = count; left > 0;) {
            const std::size_t step = std::min(left, views[0].size() - offset);
            left -= step;
            offset += step;
            if (left > 0) {
                views = views.subspan(1);
                offset = 0;
            }
        }
    }
    flush();
    return total;
}

/// Each write to TLS becomes a record with its own overhead, so small pieces are joined.
wire::Bytes Link::next_record(std::span<const wire::Bytes> views, std::size_t offset) {
    const wire::Bytes first = views[0].subspan(offset);
    if (first.size() >= tls_record_bytes || views.size() == 1) return first;
    record_.clear();
    record_.append(first);
    for (const wire::Bytes view : views.subspan(1)) {
        record_.append(view.first(std::min(view.size(), tls_record_bytes - record_.size())));
    }
    return record_.view();
}

/// One sendmsg() of at most most_views_at_once views. Only notes an error: read() reports it after
/// everything that the peer said before, such as its reason for closing.
std::size_t Link::send(std::span<const wire::Bytes> views) {
    std::array<iovec, most_views_at_once> parts;
    for (std::size_t i = 0; i < views.size(); ++i) {
        parts[i] = {const_cast<std::byte*>(views[i].data()), views[i].size()};
    }
    const ssize_t result = system::send(socket_.get(), std::span(parts).first(views.size()));
    if (result >= 0) return static_cast<std::size_t>(result);
    if (!is_would_block(errno) && errno != EINTR) {
        broken_ = {errno, std::generic_category()};
        is_readable_ = true;
    }
    return 0;
}

/// Hands pending ciphertext to the kernel. @return whether all of it was taken
bool Link::flush() {
    while (!is_flushed() && !broken_) {
        const wire::Bytes pending = tls_->pending_ciphertext();
        const std::size_t count = send({&pending, 1});
        tls_->consumed(count);
        if (count < pending.size()) break;
    }
    return is_flushed();
}

void Link::report_end() {
    const std::string where =
        peer_ + (state_ == State::securing ? " in the TLS handshake; is it a TLS port?" : "");
    if (!broken_) {
        fail("connection closed by " + where, Errc::connection_failed);
    } else if (broken_ == std::errc::connection_reset || broken_ == std::errc::broken_pipe) {
        fail("connection reset by " + where, std::make_error_code(std::errc::connection_reset));
    } else {
        fail("connection lost (" + broken_.message() + ") to " + where, broken_);
    }
}

void Link::report_tls_failure() { fail(std::string(tls_->failure()), Errc::tls_failed); }

/// `what` must not refer to anything that close() destroys.
void Link::fail(std::string_view what, std::error_code code) {
    failure_ = redacted(url_) + ": ";
    failure_ += what;
    failure_code_ = code;
    give_up_address(now_);
    state_ = State::closed;
}

TimePoint Link::deadline(Duration timeout, TimePoint now) const {
    return whole_deadline_.value_or(now + timeout);
}

}  // namespace eventail::net
