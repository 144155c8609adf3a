#include "sink/flood.hpp"

#include "message.hpp"
#include "wire/big_endian.hpp"
#include "wire/methods.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace eventail::bench {
namespace {

constexpr std::size_t copies_bytes = 512 * 1024;
constexpr std::size_t max_outstanding = 65536;

}  // namespace

Flood::Flood(std::uint16_t channel, std::string_view consumer_tag, wire::Bytes message,
             std::uint16_t prefetch_count)
    : prefetch_count_(prefetch_count == 0 ? max_outstanding : prefetch_count),
      early_(max_outstanding) {
    wire::Buffer delivery;
    wire::encode_method(
        delivery, channel,
        wire::BasicDeliver{
            .consumer_tag = consumer_tag, .exchange = event_exchange, .routing_key = event_name});
    // Class, method and the consumer tag come before the delivery tag.
    tag_offset_ = wire::frame_header_bytes + 4 + 1 + consumer_tag.size();
    delivery.append(message);
    delivery_bytes_ = delivery.size();
    copy_count_ = std::clamp<std::size_t>(copies_bytes / delivery_bytes_, 2, prefetch_count_ + 1);
    copies_.reserve(copy_count_ * delivery_bytes_);
    for (std::size_t i = 0; i < copy_count_; ++i) copies_.append(delivery.view());
}

wire::Bytes Flood::next() {
    const std::uint64_t credit = prefetch_count_ - (last_tag_ - acknowledged_);
    const std::size_t count = std::min<std::size_t>(credit, copy_count_);
    std::byte* tag = copies_.data() + tag_offset_;
    for (std::size_t i = 0; i < count; ++i, tag += delivery_bytes_) {
        wire::store_big_endian(tag, ++last_tag_);
    }
    return copies_.view().first(count * delivery_bytes_);
}

void Flood::acknowledge(std::uint64_t tag, bool is_multiple) {
    if (tag <= settled_up_to_ || tag > last_tag_ || (!is_multiple && is_acknowledged(tag))) {
        throw std::runtime_error("acknowledged what is not outstanding: " + std::to_string(tag));
    }
    if (is_multiple) {
        while (settled_up_to_ < tag) {
            ++settled_up_to_;
            if (is_acknowledged(settled_up_to_)) {
                early_[settled_up_to_ % early_.size()] = false;
            } else {
                ++acknowledged_;
            }
        }
    } else {
        early_[tag % early_.size()] = true;
        ++acknowledged_;
    }
    while (is_acknowledged(settled_up_to_ + 1)) {
        ++settled_up_to_;
        early_[settled_up_to_ % early_.size()] = false;
    }
}

}  // namespace eventail::bench
