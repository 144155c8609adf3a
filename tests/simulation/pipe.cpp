#include "simulation/pipe.hpp"

#include <algorithm>
#include <utility>

namespace eventail::simulation {

using namespace std::chrono_literals;

Pipe::Pipe(Dice dice)
    : dice_(dice), capacity_(dice_.chance(20) ? 2048 : 65536), latency_(dice_.between(20us, 3ms)) {}

std::size_t Pipe::room() const { return capacity_ - std::min(capacity_, size_); }

void Pipe::send(wire::Bytes bytes, TimePoint now) {
    if (has_ended_) return;
    TimePoint when = now + latency_ + extra_delay_;
    while (!bytes.empty()) {
        const bool is_split = bytes.size() > 1 && dice_.chance(15);
        const std::size_t length = is_split ? 1 + dice_.pick(bytes.size() - 1) : bytes.size();
        wire::Buffer piece;
        piece.append(bytes.first(length));
        arrive_at_earliest(when, std::move(piece), false);
        bytes = bytes.subspan(length);
        when += dice_.between(0us, 2ms);
    }
}

void Pipe::arrive_at_earliest(TimePoint when, wire::Buffer bytes, bool is_end) {
    if (!on_their_way_.empty()) when = std::max(when, on_their_way_.back().at);
    size_ += bytes.size();
    on_their_way_.push_back({.at = when, .bytes = std::move(bytes), .is_end = is_end});
}

void Pipe::end(TimePoint now) {
    if (std::exchange(has_ended_, true)) return;
    arrive_at_earliest(now + latency_ + extra_delay_, {}, true);
}

void Pipe::cut(TimePoint now, Duration delay) {
    on_their_way_.clear();
    size_ = 0;
    has_ended_ = true;
    arrive_at_earliest(now + delay, {}, true);
}

void Pipe::set_frozen(bool is_frozen, TimePoint now) {
    if (is_frozen_ && !is_frozen) {
        for (Arrival& each : on_their_way_) each.at = std::max(each.at, now);
    }
    is_frozen_ = is_frozen;
}

std::optional<TimePoint> Pipe::next_arrival() const {
    if (is_frozen_ || on_their_way_.empty()) return std::nullopt;
    return on_their_way_.front().at;
}

std::optional<Pipe::Arrival> Pipe::take(TimePoint now) {
    const std::optional<TimePoint> next = next_arrival();
    if (!next || *next > now) return std::nullopt;
    Arrival arrival = std::move(on_their_way_.front());
    on_their_way_.pop_front();
    size_ -= arrival.bytes.size();
    return arrival;
}

}  // namespace eventail::simulation
