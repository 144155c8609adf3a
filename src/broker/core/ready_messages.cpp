#include "broker/core/ready_messages.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace eventail::broker {

namespace {

bool is_younger(const QueuedMessage& left, const QueuedMessage& right) {
    return left.position > right.position;
}

}  // namespace

const QueuedMessage& ReadyMessages::front() const {
    EVENTAIL_ASSERT(!empty(), "there is a first message where one is asked for");
    const Lane& lane = first_lane()->second;
    return lane.returned.empty() ? lane.fresh.front() : lane.returned.front();
}

QueuedMessage ReadyMessages::pop_front() {
    EVENTAIL_ASSERT(!empty(), "there is a first message where one is taken");
    Lane& lane = lanes_.find(first_lane()->first)->second;
    QueuedMessage queued;
    if (lane.returned.empty()) {
        queued = std::move(lane.fresh.front());
        lane.fresh.pop_front();
    } else {
        std::pop_heap(lane.returned.begin(), lane.returned.end(), is_younger);
        queued = std::move(lane.returned.back());
        lane.returned.pop_back();
    }
    set_count(size_ - 1, body_bytes_ - queued.message->body().size());
    return queued;
}

void ReadyMessages::push_back(QueuedMessage queued) {
    count_in(queued);
    lane_of(queued).fresh.push_back(std::move(queued));
}

void ReadyMessages::put_back(QueuedMessage queued) {
    count_in(queued);
    std::vector<QueuedMessage>& returned = lane_of(queued).returned;
    returned.push_back(std::move(queued));
    std::push_heap(returned.begin(), returned.end(), is_younger);
}

class ReadyMessages::Clearing final : public Chore {
public:
    explicit Clearing(Lanes lanes) : lanes_(std::move(lanes)) {}

    bool step() override {
        while (!lanes_.empty() && lanes_.begin()->second.empty()) lanes_.erase(lanes_.begin());
        if (lanes_.empty()) return false;
        Lane& lane = lanes_.begin()->second;
        if (lane.returned.empty()) {
            lane.fresh.pop_front();
        } else {
            lane.returned.pop_back();
        }
        return true;
    }

private:
    Lanes lanes_;
};

std::unique_ptr<Chore> ReadyMessages::clear() {
    set_count(0, 0);
    return std::make_unique<Clearing>(std::exchange(lanes_, {}));
}

void ReadyMessages::remove_if(const std::function<bool(const QueuedMessage&)>& is_unwanted) {
    for (auto& [priority, lane] : lanes_) {
        std::erase_if(lane.returned, is_unwanted);
        std::make_heap(lane.returned.begin(), lane.returned.end(), is_younger);
        std::erase_if(lane.fresh, is_unwanted);
    }
    set_count(0, 0);
    for_each([this](const QueuedMessage& queued) {
        count_in(queued);
        return true;
    });
}

void ReadyMessages::for_each(const std::function<bool(const QueuedMessage&)>& visit) const {
    for (const auto& [priority, lane] : lanes_) {
        std::vector<const QueuedMessage*> in_order;
        for (const QueuedMessage& queued : lane.returned) in_order.push_back(&queued);
        std::sort(in_order.begin(), in_order.end(),
                  [](const auto* left, const auto* right) { return is_younger(*right, *left); });
        for (const QueuedMessage* queued : in_order) {
            if (!visit(*queued)) return;
        }
        for (const QueuedMessage& queued : lane.fresh) {
            if (!visit(queued)) return;
        }
    }
}

bool ReadyMessages::is_consistent() const {
    std::size_t count = 0;
    std::size_t body_bytes = 0;
    for (const auto& [priority, lane] : lanes_) {
        std::uint64_t oldest_fresh = std::numeric_limits<std::uint64_t>::max();
        std::uint64_t last_position = 0;
        for (const QueuedMessage& queued : lane.fresh) {
            if (queued.position <= last_position) return false;
            oldest_fresh = std::min(oldest_fresh, queued.position);
            last_position = queued.position;
        }
        if (!std::is_heap(lane.returned.begin(), lane.returned.end(), is_younger)) return false;
        for (const QueuedMessage& queued : lane.returned) {
            if (queued.position >= oldest_fresh) return false;
        }
    }
    for_each([&](const QueuedMessage& queued) {
        ++count;
        body_bytes += queued.message->body().size();
        return true;
    });
    return count == size_ && body_bytes == body_bytes_;
}

ReadyMessages::Lane& ReadyMessages::lane_of(const QueuedMessage& queued) {
    return lanes_[std::min(queued.message->priority(), max_priority_)];
}

ReadyMessages::Lanes::const_iterator ReadyMessages::first_lane() const {
    return std::find_if(lanes_.begin(), lanes_.end(),
                        [](const auto& entry) { return !entry.second.empty(); });
}

void ReadyMessages::count_in(const QueuedMessage& queued) {
    set_count(size_ + 1, body_bytes_ + queued.message->body().size());
}

void ReadyMessages::set_count(std::size_t count, std::size_t body_bytes) {
    size_ = count;
    body_bytes_ = body_bytes;
    charge_.set(count * sizeof(QueuedMessage));
}

}  // namespace eventail::broker
