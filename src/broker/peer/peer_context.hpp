// The peers of a broker share this context: the core, the options, spare memory, and the bytes of
// unfinished messages.
#pragma once

#include "base/time.hpp"
#include "broker/core/core.hpp"
#include "wire/frame.hpp"
#include <eventail/broker.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace eventail::broker {

/// Options of a peer.
struct PeerOptions {
    std::uint32_t frame_max = static_cast<std::uint32_t>(wire::default_frame_bytes);
    std::uint16_t channel_max = 2047;
    std::chrono::seconds heartbeat{60};
    Clock::duration handshake_timeout = std::chrono::seconds{10};
    /// Waits for the answer to our close, or for the client to read the reason.
    Clock::duration close_timeout = std::chrono::seconds{3};
    /// Drops a client that reads nothing for this long.
    Clock::duration write_timeout = std::chrono::seconds{30};
    std::uint64_t max_message_bytes = std::uint64_t{128} << 20;
    /// Closes a channel that leaves a delivery unsettled for this long. 0: no limit.
    Clock::duration consumer_timeout = std::chrono::minutes{30};
    /// Limits the unfinished messages of all clients together.
    std::size_t max_unfinished_bytes = std::size_t{256} << 20;
    /// A client with more unwritten output gets no deliveries; with four times as much, the broker
    /// does not read from it.
    std::size_t pause_output_bytes = std::size_t{1} << 20;
};

/// Buffers for the next output of any peer. Idle peers hold none, and busy ones need not grow
/// theirs again.
class SparePool {
public:
    wire::Buffer take() {
        if (spares_.empty()) return {};
        wire::Buffer buffer = std::move(spares_.back());
        spares_.pop_back();
        return buffer;
    }
    void give_back(wire::Buffer buffer) {
        constexpr std::size_t max_count = 16;
        constexpr std::size_t worthwhile_bytes = 16384;
        constexpr std::size_t max_bytes = std::size_t{1} << 18;
        const bool is_wanted = buffer.capacity() >= worthwhile_bytes &&
                               buffer.capacity() <= max_bytes && spares_.size() < max_count;
        if (!is_wanted) return;
        buffer.clear();
        spares_.push_back(std::move(buffer));
    }

private:
    std::vector<wire::Buffer> spares_;
};

/// Faults for connections whose name contains this text.
struct FaultRule {
    std::string name = {};
    ConnectionFaults faults = {};
};

/// Outlives its peers.
struct PeerContext {
    Core& core;
    PeerOptions options = {};
    /// For new connections. The last matching rule applies.
    std::vector<FaultRule> fault_rules = {};
    SparePool spares = {};
    std::uint64_t peer_count = 0;  // so far
    std::size_t unfinished_bytes = 0;
};

}  // namespace eventail::broker
