// One direction of a simulated TCP connection: bytes arrive in order, late, and split anywhere. It
// can be slow, frozen (half open), ended after the bytes on their way, or cut, which destroys them.
#pragma once

#include "simulation/dice.hpp"
#include "wire/buffer.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace eventail::simulation {

class Pipe {
public:
    /// An arrival: bytes, or the end of the stream.
    struct Arrival {
        TimePoint at = {};
        wire::Buffer bytes = {};
        bool is_end = false;
    };

    explicit Pipe(Dice dice);

    /// How many more bytes fit into the socket buffers.
    std::size_t room() const;
    void send(wire::Bytes bytes, TimePoint now);
    void end(TimePoint now);
    /// Bytes still on their way never arrive; the other side notices after `delay`.
    void cut(TimePoint now, Duration delay);

    void set_frozen(bool is_frozen, TimePoint now);
    void set_delay(Duration delay) { extra_delay_ = delay; }

    std::optional<TimePoint> next_arrival() const;
    /// The bytes that have arrived by now, one piece at a time.
    std::optional<Arrival> take(TimePoint now);

private:
    void arrive_at_earliest(TimePoint when, wire::Buffer bytes, bool is_end);

    Dice dice_;
    std::size_t capacity_;
    Duration latency_;
    Duration extra_delay_{0};
    bool is_frozen_ = false;
    bool has_ended_ = false;
    std::size_t size_ = 0;
    std::deque<Arrival> on_their_way_;
};

}  // namespace eventail::simulation
