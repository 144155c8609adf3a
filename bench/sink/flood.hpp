// Endless deliveries to one consumer: encoded once, many copies side by side, which differ only in
// their delivery tags. Keeps exactly to the prefetch count.
#pragma once

#include "wire/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace eventail::bench {

class Flood {
public:
    /// `message` holds the frames of a delivery on `channel`, without its method frame. A prefetch
    /// count of 0 means no limit.
    Flood(std::uint16_t channel, std::string_view consumer_tag, wire::Bytes message,
          std::uint16_t prefetch_count);

    /// The next deliveries that the prefetch count allows, valid until the next call. Empty: wait
    /// for acknowledgements.
    wire::Bytes next();

    /// Throws std::runtime_error for a tag that is not outstanding.
    void acknowledge(std::uint64_t tag, bool is_multiple);

    std::uint64_t delivered() const { return last_tag_; }
    std::uint64_t acknowledged() const { return acknowledged_; }

private:
    bool is_acknowledged(std::uint64_t tag) const { return early_[tag % early_.size()]; }

    std::uint64_t prefetch_count_;
    wire::Buffer copies_;
    std::size_t delivery_bytes_ = 0;
    std::size_t copy_count_ = 0;
    std::size_t tag_offset_ = 0;
    std::uint64_t last_tag_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t settled_up_to_ = 0;  // every tag up to this one is acknowledged
    std::vector<bool> early_;          // the same for later tags, by tag modulo size
};

}  // namespace eventail::bench
