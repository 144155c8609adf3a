#include "broker/core/consumers.hpp"

#include "broker/core/channel.hpp"
#include "broker/core/consumer.hpp"

#include <algorithm>
#include <utility>

namespace eventail::broker {

bool Consumers::has_exclusive() const {
    return std::any_of(all_.begin(), all_.end(), [](const auto& one) { return one->exclusive; });
}

bool Consumers::is_active(const Consumer& consumer) const {
    return !has_single_active_ || active_.get() == &consumer;
}

void Consumers::add(std::shared_ptr<Consumer> consumer) {
    const auto place =
        std::find_if(all_.begin(), all_.end(), [&](const std::shared_ptr<Consumer>& other) {
            return other->priority < consumer->priority;
        });
    all_.insert(place, std::move(consumer));
    choose_active();
}

void Consumers::remove(const Consumer& consumer) {
    if (active_.get() == &consumer) active_.reset();
    std::erase_if(all_, [&](const auto& other) { return other.get() == &consumer; });
    choose_active();
}

std::vector<std::shared_ptr<Consumer>> Consumers::remove_all() {
    active_.reset();
    return std::exchange(all_, {});
}

std::shared_ptr<Consumer> Consumers::next() {
    if (has_single_active_) {
        if (!active_) return nullptr;
        active_->is_full = !active_->channel->can_take(*active_);
        return active_->is_full ? nullptr : active_;
    }
    for (auto place = all_.begin(); place != all_.end();) {
        if ((*place)->is_full) {
            ++place;
            continue;
        }
        std::shared_ptr<Consumer> consumer = *place;
        consumer->is_full = !consumer->channel->can_take(*consumer);
        move_behind_its_priority(place);
        if (!consumer->is_full) return consumer;
    }
    return nullptr;
}

void Consumers::resume(const Channel& channel) {
    for (auto place = all_.begin(); place != all_.end();) {
        Consumer& consumer = **place;
        if (consumer.is_full && consumer.channel == &channel && channel.can_take(consumer)) {
            consumer.is_full = false;
            // Behind a single active consumer the others wait in the order in which they came.
            if (!has_single_active_) move_behind_its_priority(place);
        } else {
            ++place;
        }
    }
}

void Consumers::move_behind_its_priority(Place place) {
    const auto end = std::find_if(
        place, all_.end(), [&](const auto& other) { return other->priority < (*place)->priority; });
    std::rotate(place, place + 1, end);
}

void Consumers::choose_active() {
    if (has_single_active_ && !active_ && !all_.empty()) active_ = all_.front();
}

}  // namespace eventail::broker
