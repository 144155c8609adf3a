#include "broker/core/connection.hpp"

#include "base/assert.hpp"
#include "broker/core/core.hpp"
#include "broker/core/queue.hpp"
#include "broker/core/refusal.hpp"
#include "broker/core/virtual_host.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace eventail::broker {

/// The exclusive queues of a connection that is gone.
class Connection::Orphans final : public Chore {
public:
    Orphans(VirtualHost& host, const std::unordered_set<Queue*>& queues) : host_(host) {
        for (Queue* const queue : queues) {
            queue->orphan();
            queues_.push_back(queue->weak_from_this());
        }
    }

    bool step() override {
        if (queues_.empty()) return false;
        const auto queue = queues_.back().lock();
        queues_.pop_back();
        // It may have expired meanwhile.
        if (queue && !queue->is_gone()) host_.delete_queue(*queue);
        return true;
    }

private:
    VirtualHost& host_;
    std::vector<std::weak_ptr<Queue>> queues_;
};

Connection::Connection(Core& core, VirtualHost& host, std::string user, Recipient& recipient)
    : core_(core), host_(host), user_(std::move(user)), recipient_(recipient) {
    ++core_.connection_count_;
}

Connection::~Connection() {
    channels_.clear();
    host_.environment().chores().add(std::make_unique<Orphans>(host_, exclusive_queues_));
    EVENTAIL_ASSERT(core_.connection_count_ > 0, "connections are counted once");
    --core_.connection_count_;
}

Channel& Connection::open_channel(std::uint16_t number) {
    auto& channel = channels_[number];
    if (channel) refuse(wire::ReplyCode::channel_error, "second 'channel.open' seen");
    channel = std::make_unique<Channel>(*this, number);
    return *channel;
}

void Connection::close_channel(std::uint16_t number) { channels_.erase(number); }

void Connection::resume() {
    is_paused_ = false;
    for (const auto& [number, channel] : channels_) channel->resume();
}

}  // namespace eventail::broker
