#include "broker/shell/client_socket.hpp"

#include <algorithm>

namespace eventail::broker {

bool ClientSocket::feed(wire::Bytes bytes, TimePoint now) {
    using namespace std::chrono_literals;
    constexpr std::size_t least_bytes = 512;
    constexpr std::size_t most_bytes = std::size_t{1} << 17;
    const TimePoint begin = Clock::now();
    guarded([&] { peer_.feed(bytes, now); });
    const Duration duration = Clock::now() - begin;
    if (duration > 20ms) read_bytes_ = std::max(read_bytes_ / 2, least_bytes);
    if (duration < 2ms) read_bytes_ = std::min(read_bytes_ * 2, most_bytes);
    return duration <= 20ms && !is_lost_;
}

}  // namespace eventail::broker
