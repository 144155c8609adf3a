#include "broker/core/reply_addresses.hpp"

#include "broker/core/channel.hpp"

#include <set>

namespace eventail::broker {

bool is_reply_address(std::string_view name) {
    return name.size() > reply_queue.size() && name.starts_with(reply_queue) &&
           name[reply_queue.size()] == '.';
}

void ReplyAddresses::deliver(const MessagePtr& message) const {
    const auto deliver_to = [&](const std::string& address) {
        const auto found = channels_.find(address);
        if (found != channels_.end()) found->second->deliver_reply(message);
    };
    if (message->copies().empty()) {
        if (is_reply_address(message->routing_key())) deliver_to(message->routing_key());
        return;
    }
    std::set<std::string> addresses{message->routing_key()};
    addresses.insert(message->copies().begin(), message->copies().end());
    for (const std::string& address : addresses) deliver_to(address);
}

}  // namespace eventail::broker
