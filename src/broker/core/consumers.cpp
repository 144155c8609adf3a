#include "broker/core/consumers.hpp"

#include "base/assert.hpp"
#include "broker/core/channel.hpp"
#include "broker/core/consumer.hpp"

#include <algorithm>
#include <utility>

namespace eventail::broker {

std::vector<std::shared_ptr<Consumer>> Consumers::all() const {
    std::vector<std::shared_ptr<Consumer>> all;
    all.reserve(size_);
    for (const auto& [priority, list] : turns_) all.insert(all.end(), list.begin(), list.end());
    for (const auto& [channel, list] : full_) all.insert(all.end(), list.begin(), list.end());
    std::stable_sort(all.begin(), all.end(), [](const auto& left, const auto& right) {
        return left->priority > right->priority;
    });
    return all;
}

bool Consumers::is_active(const Consumer& consumer) const {
    return !has_single_active_ || active_.get() == &consumer;
}

void Consumers::add(const std::shared_ptr<Consumer>& consumer) {
    List& turn = turns_[consumer->priority];
    consumer->place = turn.insert(turn.end(), consumer);
    ++size_;
    if (consumer->exclusive) ++exclusive_count_;
    choose_active();
}

void Consumers::remove(Consumer& consumer) {
    EVENTAIL_ASSERT(size_ > 0, "a queue knows the consumers that leave it");
    if (active_.get() == &consumer) active_.reset();
    if (consumer.exclusive) --exclusive_count_;
    --size_;
    list_of(consumer).erase(consumer.place);
    drop_list_if_empty(consumer);
    consumer.is_full = false;
    choose_active();
}

std::vector<std::shared_ptr<Consumer>> Consumers::remove_all() {
    std::vector<std::shared_ptr<Consumer>> removed = all();
    for (const std::shared_ptr<Consumer>& consumer : removed) consumer->is_full = false;
    active_.reset();
    turns_.clear();
    full_.clear();
    size_ = 0;
    exclusive_count_ = 0;
    return removed;
}

std::shared_ptr<Consumer> Consumers::remove_any() {
    if (size_ == 0) return nullptr;
    const List& list = turns_.empty() ? full_.begin()->second : turns_.begin()->second;
    std::shared_ptr<Consumer> consumer = list.front();
    remove(*consumer);
    return consumer;
}

std::shared_ptr<Consumer> Consumers::next() {
    if (has_single_active_) {
        if (!active_) return nullptr;
        active_->is_full = !active_->channel->can_take(*active_);
        return active_->is_full ? nullptr : active_;
    }
    for (auto group = turns_.begin(); group != turns_.end(); group = turns_.erase(group)) {
        List& turn = group->second;
        while (!turn.empty()) {
            std::shared_ptr<Consumer> consumer = turn.front();
            if (consumer->channel->can_take(*consumer)) {
                turn.splice(turn.end(), turn, turn.begin());
                return consumer;
            }
            consumer->is_full = true;
            List& full = full_[consumer->channel];
            full.splice(full.end(), turn, turn.begin());
        }
    }
    return nullptr;
}

void Consumers::resume(const Channel& channel) {
    if (has_single_active_) {
        if (active_ && active_->channel == &channel) active_->is_full = false;
        return;
    }
    const auto found = full_.find(&channel);
    if (found == full_.end()) return;
    List& full = found->second;
    for (auto place = full.begin(); place != full.end();) {
        const std::shared_ptr<Consumer> consumer = *place++;
        if (channel.can_take(*consumer)) line_up(full, consumer);
    }
    if (full.empty()) full_.erase(found);
}

void Consumers::resume(Consumer& consumer) {
    if (!consumer.is_full) return;
    if (has_single_active_) {
        consumer.is_full = false;
        return;
    }
    if (!consumer.channel->can_take(consumer)) return;
    const auto full = full_.find(consumer.channel);
    EVENTAIL_ASSERT(full != full_.end(), "a full consumer is among those of its channel");
    line_up(full->second, *consumer.place);
    if (full->second.empty()) full_.erase(full);
}

void Consumers::line_up(List& full, const std::shared_ptr<Consumer>& consumer) {
    consumer->is_full = false;
    List& turn = turns_[consumer->priority];
    turn.splice(turn.end(), full, consumer->place);
}

Consumers::List& Consumers::list_of(const Consumer& consumer) {
    if (consumer.is_full && !has_single_active_) {
        const auto full = full_.find(consumer.channel);
        EVENTAIL_ASSERT(full != full_.end(), "a full consumer is among those of its channel");
        return full->second;
    }
    const auto turn = turns_.find(consumer.priority);
    EVENTAIL_ASSERT(turn != turns_.end(), "a consumer that is not full has its turn");
    return turn->second;
}

void Consumers::drop_list_if_empty(const Consumer& consumer) {
    if (!list_of(consumer).empty()) return;
    if (consumer.is_full && !has_single_active_) {
        full_.erase(consumer.channel);
    } else {
        turns_.erase(consumer.priority);
    }
}

void Consumers::choose_active() {
    if (has_single_active_ && !active_ && size_ != 0) active_ = turns_.begin()->second.front();
}

bool Consumers::is_consistent() const {
    std::size_t count = 0;
    std::size_t exclusive_count = 0;
    const auto is_in_place = [&](const std::shared_ptr<Consumer>& consumer) {
        ++count;
        if (consumer->exclusive) ++exclusive_count;
        return *consumer->place == consumer;
    };
    for (const auto& [priority, list] : turns_) {
        if (list.empty()) return false;
        for (const auto& consumer : list) {
            if (!is_in_place(consumer) || consumer->priority != priority) return false;
            if (consumer->is_full && !has_single_active_) return false;
        }
    }
    for (const auto& [channel, list] : full_) {
        if (list.empty() || has_single_active_) return false;
        for (const auto& consumer : list) {
            if (!is_in_place(consumer) || consumer->channel != channel) return false;
            if (!consumer->is_full) return false;
        }
    }
    const bool is_one_active = (active_ != nullptr) == (has_single_active_ && size_ != 0);
    return count == size_ && exclusive_count == exclusive_count_ && is_one_active &&
           (exclusive_count_ == 0 || size_ == 1);
}

}  // namespace eventail::broker
