#include "broker/consumers.hpp"

#include "broker/channel.hpp"
#include "broker/consumer.hpp"

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
        return active_ && active_->channel->can_take(*active_) ? active_ : nullptr;
    }
    const auto chosen = std::find_if(all_.begin(), all_.end(), [](const auto& consumer) {
        return consumer->channel->can_take(*consumer);
    });
    if (chosen == all_.end()) return nullptr;
    std::shared_ptr<Consumer> consumer = *chosen;
    const auto end_of_priority = std::find_if(chosen, all_.end(), [&](const auto& other) {
        return other->priority < consumer->priority;
    });
    std::rotate(chosen, chosen + 1, end_of_priority);
    return consumer;
}

void Consumers::choose_active() {
    if (has_single_active_ && !active_ && !all_.empty()) active_ = all_.front();
}

}  // namespace eventail::broker
