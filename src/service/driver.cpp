#include "service/driver.hpp"

#include "base/process.hpp"
#include "net/system_calls.hpp"
#include "service/cancellation.hpp"
#include "service/identity.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

namespace eventail::service {
namespace {

// A peer that never stops sending must not keep us from all other work.
constexpr int max_reads_per_step = 64;

}  // namespace

DriverOptions common_driver_options(std::vector<net::Url> urls, Duration connect_timeout,
                                    std::chrono::seconds heartbeat,
                                    const std::string& logical_service) {
    DriverOptions made;
    made.urls = std::move(urls);
    made.link.resolve_timeout = connect_timeout;
    made.link.connect_timeout = connect_timeout;
    made.link.tls_timeout = connect_timeout;
    made.session.heartbeat = heartbeat;
    made.session.handshake_timeout = connect_timeout;
    made.connection_name = logical_service + "@" + hostname() + " " + std::to_string(process_id());
    return made;
}

Driver::Driver(DriverOptions options, bus::LinkUser& user, const std::vector<bus::LinkId>& links,
               const Wakeup& wakeup)
    : options_(std::move(options)), user_(user), wakeup_(wakeup) {
    if (!options_.link.order) options_.link.order = std::make_shared<net::AddressOrder>();
    for (const bus::LinkId id : links) {
        lines_.push_back({.id = id, .link = std::make_unique<net::Link>(options_.link)});
    }
}

void Driver::step(std::optional<TimePoint> until) {
    TimePoint now = Clock::now();
    const bool has_lost = connect_and_disconnect(now);
    for (Line& line : lines_) write(line, now);
    // A link that failed on opening may have been all there was to wait for.
    wait(has_lost ? std::nullopt : until);

    now = Clock::now();
    has_unread_ = false;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        Line& line = lines_[i];
        // Also without an event: only the link knows its deadlines.
        line.link->advance(polled_[i + 1].revents, now);
        report(line, now);
        read(line, now);
    }
    user_.tick(now);
    for (Line& line : lines_) write(line, now);
    connect_and_disconnect(now);
}

bool Driver::connect_and_disconnect(TimePoint now) {
    bool has_lost = false;
    for (Line& line : lines_) {
        if (user_.wants_disconnect(line.id)) {
            user_.has_failed(line.id) ? line.link->give_up_address(now) : line.link->close();
            line.is_reported_up = false;
            user_.link_down(line.id, {.what = "closed"}, now);
            has_lost = true;
        }
        if (const std::optional<std::size_t> url = user_.wants_connect(line.id, now)) {
            line.url = *url;
            line.is_reported_up = false;
            line.link->open(options_.urls[*url], now);
            has_lost |= report(line, now);
        }
    }
    return has_lost;
}

bool Driver::report(Line& line, TimePoint now) {
    const net::Link::State state = line.link->state();
    if (state == net::Link::State::open && !line.is_reported_up) {
        line.is_reported_up = true;
        user_.link_up(line.id, session_options(line), now);
    } else if (state == net::Link::State::closed && !line.link->failure().empty()) {
        const std::string failure = line.link->failure();
        const bool is_refused =
            !line.is_reported_up && line.link->failure_code() == std::errc::connection_refused;
        line.link->close();
        line.is_reported_up = false;
        user_.link_down(line.id, {.what = failure, .is_refused = is_refused}, now);
        return true;
    }
    return false;
}

void Driver::write(Line& line, TimePoint now) {
    if (!line.is_reported_up) return;
    amqp::OutputQueue* output = user_.output(line.id, now);
    std::array<wire::Bytes, 64> views;
    while (output != nullptr && !output->empty()) {
        const std::size_t count = output->gather(views);
        std::size_t size_bytes = 0;
        for (std::size_t i = 0; i < count; ++i) size_bytes += views[i].size();
        const std::size_t written = line.link->write(std::span(views).first(count), now);
        user_.written(line.id, written, now);
        if (written < size_bytes) return;
        output = user_.output(line.id, now);
    }
}

void Driver::read(Line& line, TimePoint now) {
    if (!line.is_reported_up) return;
    for (int reads = 0;; ++reads) {
        if (reads == max_reads_per_step) {
            has_unread_ = true;
            return;
        }
        const amqp::Session::BodyRoom room = user_.body_room(line.id);
        const net::Link::Received received = line.link->read_into(room.bytes, room.most_after, now);
        if (received.in_room > 0) user_.body_received(line.id, received.in_room, now);
        if (!received.rest.empty()) user_.feed(line.id, received.rest, now);
        if (received.in_room == 0 && received.rest.empty()) break;
    }
    report(line, now);
}

void Driver::wait(std::optional<TimePoint> until) {
    polled_.clear();
    polled_.push_back({.fd = wakeup_.fd(), .events = POLLIN, .revents = 0});
    const TimePoint now = Clock::now();
    for (Line& line : lines_) {
        amqp::OutputQueue* output = line.is_reported_up ? user_.output(line.id, now) : nullptr;
        polled_.push_back(line.link->poll_request(output != nullptr && !output->empty()));
    }
    {
        const CancellationAllowed may_be_cancelled;
        net::system::poll(polled_, timeout_ms(until, now));
    }
    if (polled_[0].revents != 0) wakeup_.clear();
}

int Driver::timeout_ms(std::optional<TimePoint> until, TimePoint now) const {
    if (!until || has_unread_) return 0;
    TimePoint earliest = *until;
    if (const auto deadline = user_.next_deadline()) earliest = std::min(earliest, *deadline);
    for (const Line& line : lines_) {
        if (const auto deadline = line.link->next_deadline()) {
            earliest = std::min(earliest, *deadline);
        }
    }
    if (earliest <= now) return 0;
    // Rounds up: waking a little early would only mean waiting once more.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(earliest - now).count();
    return static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
}

void Driver::abort() {
    for (Line& line : lines_) line.link->close();
}

amqp::SessionOptions Driver::session_options(const Line& line) const {
    const net::Url& url = options_.urls[line.url];
    amqp::SessionOptions session = options_.session;
    session.mechanism = url.auth_mechanism;
    session.user = url.user;
    session.password = url.password;
    session.virtual_host = url.virtual_host;
    if (url.heartbeat) session.heartbeat = *url.heartbeat;
    if (url.channel_max) session.channel_max = *url.channel_max;
    if (url.frame_max) session.frame_max = *url.frame_max;
    session.connection_name = options_.connection_name +
                              (line.id == bus::LinkId::consuming ? " consuming" : " publishing");
    return session;
}

}  // namespace eventail::service
