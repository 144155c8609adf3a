// Runs a link against a loopback peer in one thread, by polling both, as a service's shell does.
#pragma once

#include "net/link.hpp"
#include "support/loopback_peer.hpp"

#include <array>
#include <string>
#include <string_view>

namespace eventail::test {

class LinkDriver {
public:
    LinkDriver(net::Link& link, LoopbackPeer& peer) : link_(link), peer_(peer) {}

    /// Goes on until the condition holds. @return whether it did within ten seconds
    template <typename Condition>
    bool run_until(Condition condition) {
        const auto give_up = Clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            if (Clock::now() > give_up) return false;
            step();
        }
        return true;
    }
    bool run_until(net::Link::State state) {
        return run_until([&] { return link_.state() == state; });
    }

    /// Passes the text to the link as fast as it takes it. The text must stay alive.
    void write(std::string_view text) { to_write_ = text; }
    /// Everything read so far.
    const std::string& received() const { return received_; }

private:
    void step() {
        std::array<pollfd, 2> requests = {link_.poll_request(!to_write_.empty()),
                                          peer_.poll_request()};
        ::poll(requests.data(), requests.size(), 20);
        const TimePoint now = Clock::now();
        link_.advance(requests[0].revents, now);
        for (auto bytes = link_.read(now); !bytes.empty(); bytes = link_.read(now)) {
            received_ += wire::as_text(bytes);
        }
        if (!to_write_.empty()) {
            const wire::Bytes view = wire::as_bytes(to_write_);
            to_write_.remove_prefix(link_.write({&view, 1}, now));
        }
        peer_.step();
    }

    net::Link& link_;
    LoopbackPeer& peer_;
    std::string_view to_write_;
    std::string received_;
};

}  // namespace eventail::test
