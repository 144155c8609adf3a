#include "broker/core/connection.hpp"

#include "base/assert.hpp"
#include "broker/core/core.hpp"
#include "broker/core/queue.hpp"
#include "broker/core/refusal.hpp"
#include "broker/core/virtual_host.hpp"

#include <utility>

namespace eventail::broker {

Connection::Connection(Core& core, VirtualHost& host, std::string user, Recipient& recipient)
    : core_(core), host_(host), user_(std::move(user)), recipient_(recipient) {
    ++core_.connection_count_;
}

Connection::~Connection() {
    channels_.clear();
    while (!exclusive_queues_.empty()) host_.delete_queue(**exclusive_queues_.begin());
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
