// Direct replies: messages that go from a publisher to a waiting channel, without a queue. The
// channel consumes from a pseudo queue; each such consumer has its own address.
#pragma once

#include "broker/core/message.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace eventail::broker {

class Channel;

/// The pseudo queue. An address is this name, a dot and a random part.
inline constexpr std::string_view reply_queue = "amq.rabbitmq.reply-to";

/// Whether messages to that name go to a waiting channel instead of a queue.
bool is_reply_address(std::string_view name);

class ReplyAddresses {
public:
    void add(const std::string& address, Channel& channel) { channels_.emplace(address, &channel); }
    void remove(const std::string& address) { channels_.erase(address); }
    bool contains(const std::string& address) const { return channels_.contains(address); }

    /// Delivers a message of the default exchange to each address among its routing keys. The
    /// publisher cannot see whether anybody waits there.
    void deliver(const MessagePtr& message) const;

private:
    std::unordered_map<std::string, Channel*> channels_;
};

}  // namespace eventail::broker
