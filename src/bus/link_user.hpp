// The interface of the pure core that a driver of links uses.
#pragma once

#include "amqp/output_queue.hpp"
#include "amqp/session.hpp"
#include "base/time.hpp"
#include "wire/buffer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace eventail::bus {

enum class LinkId : std::uint8_t { consuming, publishing };
inline constexpr std::array both_links = {LinkId::consuming, LinkId::publishing};

/// Why a link is down.
struct LinkLoss {
    /// One line, which names the url.
    std::string_view what;
    /// Nobody listens at that address: an attempt costs one packet, and a broker nothing.
    bool is_refused = false;
};

class LinkUser {
public:
    /// The url to connect this link to now, if any. The link counts as connecting from then on.
    virtual std::optional<std::size_t> wants_connect(LinkId link, TimePoint now) = 0;
    virtual void link_up(LinkId link, const amqp::SessionOptions& options, TimePoint now) = 0;
    /// The link is lost, was not established, or was closed because of wants_disconnect().
    virtual void link_down(LinkId link, const LinkLoss& loss, TimePoint now) = 0;
    /// Whether to close the link, and then call link_down().
    virtual bool wants_disconnect(LinkId link) const = 0;
    /// The server at this address was useless, or closed by itself: another address may be better.
    virtual bool has_failed(LinkId link) const = 0;
    virtual void feed(LinkId link, wire::Bytes bytes, TimePoint now) = 0;
    /// Where to put the next bytes instead of feeding them; see amqp::Session::body_room().
    virtual amqp::Session::BodyRoom body_room(LinkId link) = 0;
    virtual void body_received(LinkId link, std::size_t count, TimePoint now) = 0;
    /// Prepares and returns the bytes to write; null without a session.
    virtual amqp::OutputQueue* output(LinkId link, TimePoint now) = 0;
    virtual void written(LinkId link, std::size_t count, TimePoint now) = 0;
    /// Does everything that depends on time. Call after feeding, and at next_deadline().
    virtual void tick(TimePoint now) = 0;
    virtual std::optional<TimePoint> next_deadline() const = 0;

protected:
    ~LinkUser() = default;
};

}  // namespace eventail::bus
