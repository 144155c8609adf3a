// What all peers of one broker share: the core, the options, memory that is used again, and the
// account of what clients have sent by halves.
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

/// What a peer offers and insists on.
struct PeerOptions {
    std::uint32_t frame_max = static_cast<std::uint32_t>(wire::default_frame_bytes);
    std::uint16_t channel_max = 2047;
    std::chrono::seconds heartbeat{60};
    Clock::duration handshake_timeout = std::chrono::seconds{10};
    /// For the answer to our close, or for the client to read why it was dropped.
    Clock::duration close_timeout = std::chrono::seconds{3};
    /// A client that takes nothing of what is written for so long is dropped.
    Clock::duration write_timeout = std::chrono::seconds{30};
    std::uint64_t max_message_bytes = std::uint64_t{128} << 20;
    /// A channel is closed whose client takes longer to settle a delivery. 0: it may take for ever.
    Clock::duration consumer_timeout = std::chrono::minutes{30};
    /// Of messages that clients, all together, have begun and not completed.
    std::size_t max_unfinished_bytes = std::size_t{256} << 20;
    /// Output of one client above which it gets no deliveries, and above four times of which it is
    /// not read.
    std::size_t pause_output_bytes = std::size_t{1} << 20;
};

/// Buffers that were written out, for the next output of whichever peer: so those that are idle
/// hold none, and busy ones need not grow theirs again.
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

/// Faults for the connections whose name contains that text.
struct FaultRule {
    std::string name = {};
    ConnectionFaults faults = {};
};

/// Outlives its peers.
struct PeerContext {
    Core& core;
    PeerOptions options = {};
    /// For connections that come; of those that fit, the last one counts.
    std::vector<FaultRule> fault_rules = {};
    SparePool spares = {};
    std::uint64_t peer_count = 0;  // that have come
    std::size_t unfinished_bytes = 0;
};

}  // namespace eventail::broker
