#include "broker/core/unsettled.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <utility>

namespace eventail::broker {

namespace {

bool is_hole(const Unsettled& unsettled) { return unsettled.queued.message == nullptr; }

}  // namespace

void UnsettledDeliveries::push_back(Unsettled unsettled) {
    EVENTAIL_ASSERT(deliveries_.empty() || deliveries_.back().delivery_tag < unsettled.delivery_tag,
                    "delivery tags only grow");
    deliveries_.push_back(std::move(unsettled));
    set_size(size_ + 1);
}

std::optional<TimePoint> UnsettledDeliveries::oldest() const {
    if (empty()) return std::nullopt;
    return deliveries_.front().delivered_at;
}

bool UnsettledDeliveries::contains(std::uint64_t delivery_tag) const {
    return find(delivery_tag) < deliveries_.size();
}

std::optional<Unsettled> UnsettledDeliveries::take(std::uint64_t delivery_tag) {
    const std::size_t index = find(delivery_tag);
    if (index == deliveries_.size()) return std::nullopt;
    Unsettled taken = std::exchange(deliveries_[index], Unsettled{.delivery_tag = delivery_tag});
    set_size(size_ - 1);
    drop_holes();
    return taken;
}

std::optional<Unsettled> UnsettledDeliveries::take_first(std::uint64_t last_tag) {
    if (empty() || deliveries_.front().delivery_tag > last_tag) return std::nullopt;
    return take(deliveries_.front().delivery_tag);
}

std::size_t UnsettledDeliveries::find(std::uint64_t delivery_tag) const {
    const auto found = std::lower_bound(
        deliveries_.begin(), deliveries_.end(), delivery_tag,
        [](const Unsettled& unsettled, std::uint64_t tag) { return unsettled.delivery_tag < tag; });
    if (found == deliveries_.end() || found->delivery_tag != delivery_tag || is_hole(*found)) {
        return deliveries_.size();
    }
    return static_cast<std::size_t>(found - deliveries_.begin());
}

void UnsettledDeliveries::set_size(std::size_t size) {
    size_ = size;
    charge_.set(size * sizeof(Unsettled));
}

void UnsettledDeliveries::drop_holes() {
    while (!deliveries_.empty() && is_hole(deliveries_.front())) deliveries_.pop_front();
    // An old delivery that is never settled must not keep the holes of all later ones.
    constexpr std::size_t few = 64;
    if (deliveries_.size() > few && deliveries_.size() > 2 * size_) {
        std::erase_if(deliveries_, is_hole);
    }
}

}  // namespace eventail::broker
