// A consumer of a queue, on a channel.
#pragma once

#include "broker/core/memory.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>

namespace eventail::broker {

class Channel;
class Queue;

struct Consumer {
    explicit Consumer(std::shared_ptr<MemoryGauge> gauge) : charge(std::move(gauge), bytes) {}

    static constexpr std::size_t bytes = 512;

    std::string tag = {};
    Channel* channel = nullptr;  ///< Alive as long as the queue knows the consumer.
    std::weak_ptr<Queue> queue = {};
    bool no_ack = false;
    bool exclusive = false;
    int priority = 0;
    std::uint32_t prefetch_count = 0;   ///< 0: without limit.
    std::uint32_t unsettled_count = 0;  ///< Counts against the limit.
    bool is_full = false;               ///< Skipped until Consumers::resume().
    std::list<std::shared_ptr<Consumer>>::iterator place = {};  ///< In a list of Consumers.
    MemoryCharge charge;
};

}  // namespace eventail::broker
