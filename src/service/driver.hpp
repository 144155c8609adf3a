// Moves bytes between links and the pure core behind them: resolving, connecting, reading, writing,
// and waiting in poll(). Decides nothing. One thread at a time.
#pragma once

#include "amqp/session.hpp"
#include "bus/link_user.hpp"
#include "net/link.hpp"
#include "net/url.hpp"
#include "service/wakeup.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventail::service {

struct DriverOptions {
    std::vector<net::Url> urls = {};
    net::LinkOptions link = {};
    /// The options that all sessions share; the url sets the rest.
    amqp::SessionOptions session = {};
    std::string connection_name = {};  ///< of each link, followed by the link's purpose
};

/// What services and endpoints have in common.
DriverOptions common_driver_options(std::vector<net::Url> urls, Duration connect_timeout,
                                    std::chrono::seconds heartbeat,
                                    const std::string& logical_service);

class Driver {
public:
    Driver(DriverOptions options, bus::LinkUser& user, const std::vector<bus::LinkId>& links,
           const Wakeup& wakeup);

    /// Writes pending output, then waits for input, a wake-up, the user's next deadline or `until`,
    /// whichever comes first, then reads and writes. Without `until`: does not wait.
    void step(std::optional<TimePoint> until);

    /// Closes all links without a goodbye.
    void abort();

private:
    struct Line {
        bus::LinkId id = bus::LinkId::consuming;
        std::unique_ptr<net::Link> link = {};
        std::size_t url = 0;
        bool is_reported_up = false;
    };

    /// @return whether a link is down that was up or should be
    bool connect_and_disconnect(TimePoint now);
    /// Reports once that the link is open, or closed by itself. @return whether it is closed
    bool report(Line& line, TimePoint now);
    void write(Line& line, TimePoint now);
    void read(Line& line, TimePoint now);
    void wait(std::optional<TimePoint> until);
    int timeout_ms(std::optional<TimePoint> until, TimePoint now) const;
    amqp::SessionOptions session_options(const Line& line) const;

    DriverOptions options_;
    bus::LinkUser& user_;
    const Wakeup& wakeup_;
    std::vector<Line> lines_;
    std::vector<pollfd> polled_;
    bool has_unread_ = false;
};

}  // namespace eventail::service
