// Direct replies: messages that go from a publisher to a waiting channel, without a queue. The
// channel consumes from a pseudo queue, and each such consumer has an address of its own.
#pragma once

#include "broker/core/message.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace eventail::broker {

class Channel;

/// The pseudo queue. Addresses are this, a dot, and more.
inline constexpr std::string_view reply_queue = "amq.rabbitmq.reply-to";

/// Whether messages for that name go to a waiting channel and not to a queue.
bool is_reply_address(std::string_view name);

class ReplyAddresses {
public:
    void add(const std::string& address, Channel& channel) { channels_.emplace(address, &channel); }
    void remove(const std::string& address) { channels_.erase(address); }
    bool contains(const std::string& address) const { return channels_.contains(address); }

    /// Delivers a message of the default exchange to each address among its routing keys. Whether
    /// somebody waits there makes no difference to the publisher.
    void deliver(const MessagePtr& message) const;

private:
    std::unordered_map<std::string, Channel*> channels_;
};

}  // namespace eventail::broker
