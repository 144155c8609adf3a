// What a driver of links needs from the pure core behind them.
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

class LinkUser {
public:
    /// Which of the urls to connect this link to, now. The link counts as connecting from then on.
    virtual std::optional<std::size_t> wants_connect(LinkId link, TimePoint now) = 0;
    virtual void link_up(LinkId link, const amqp::SessionOptions& options, TimePoint now) = 0;
    /// Lost, not established, or closed because of wants_disconnect(). `what` is one line that
    /// names the url.
    virtual void link_down(LinkId link, std::string_view what, TimePoint now) = 0;
    /// The link is to be closed, and its end reported by link_down().
    virtual bool wants_disconnect(LinkId link) const = 0;
    /// What answered there was of no use, or said goodbye by itself: another address may be better.
    virtual bool has_failed(LinkId link) const = 0;
    virtual void feed(LinkId link, wire::Bytes bytes, TimePoint now) = 0;
    /// Where the next bytes may be put instead of feeding them; see amqp::Session::body_room().
    virtual amqp::Session::BodyRoom body_room(LinkId link) = 0;
    virtual void body_received(LinkId link, std::size_t count, TimePoint now) = 0;
    /// Prepares and gives the bytes to write; null: no session.
    virtual amqp::OutputQueue* output(LinkId link, TimePoint now) = 0;
    virtual void written(LinkId link, std::size_t count, TimePoint now) = 0;
    /// Everything that time decides. Call after feeding, and at next_deadline().
    virtual void tick(TimePoint now) = 0;
    virtual std::optional<TimePoint> next_deadline() const = 0;

protected:
    ~LinkUser() = default;
};

}  // namespace eventail::bus
