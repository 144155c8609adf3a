#include "broker/core/unsettled.hpp"

#include "base/assert.hpp"

#include <utility>

namespace eventail::broker {

void UnsettledDeliveries::push_back(Unsettled unsettled) {
    EVENTAIL_ASSERT(empty() || deliveries_.rbegin()->first < unsettled.delivery_tag,
                    "delivery tags only grow");
    const std::uint64_t tag = unsettled.delivery_tag;
    deliveries_.emplace_hint(deliveries_.end(), tag, std::move(unsettled));
    count();
}

std::optional<TimePoint> UnsettledDeliveries::oldest() const {
    if (empty()) return std::nullopt;
    return deliveries_.begin()->second.delivered_at;
}

std::optional<std::uint64_t> UnsettledDeliveries::first_tag(std::uint64_t last_tag) const {
    if (empty() || deliveries_.begin()->first > last_tag) return std::nullopt;
    return deliveries_.begin()->first;
}

std::optional<Unsettled> UnsettledDeliveries::take(std::uint64_t delivery_tag) {
    const auto found = deliveries_.find(delivery_tag);
    if (found == deliveries_.end()) return std::nullopt;
    Unsettled taken = std::move(found->second);
    deliveries_.erase(found);
    count();
    return taken;
}

std::optional<Unsettled> UnsettledDeliveries::take_first(std::uint64_t last_tag) {
    const auto tag = first_tag(last_tag);
    return tag ? take(*tag) : std::nullopt;
}

void UnsettledDeliveries::move(std::uint64_t delivery_tag, UnsettledDeliveries& destination) {
    auto node = deliveries_.extract(delivery_tag);
    EVENTAIL_ASSERT(!node.empty(), "a delivery that is there can be moved");
    destination.deliveries_.insert(std::move(node));
    count();
    destination.count();
}

void UnsettledDeliveries::swap(UnsettledDeliveries& other) {
    deliveries_.swap(other.deliveries_);
    count();
    other.count();
}

}  // namespace eventail::broker
