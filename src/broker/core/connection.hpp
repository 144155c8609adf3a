// A client's connection in the core: its user, its channels, its exclusive queues. Created by
// Core::connect().
#pragma once

#include "broker/core/channel.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>

namespace eventail::broker {

class Core;
class Recipient;
class VirtualHost;

class Connection {
public:
    Connection(Core& core, VirtualHost& host, std::string user, Recipient& recipient);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    /// Closes the channels and deletes the exclusive queues.
    ~Connection();

    /// Throws wire::ProtocolError (504) if the channel is open already.
    Channel& open_channel(std::uint16_t number);
    void close_channel(std::uint16_t number);
    std::size_t channel_count() const { return channels_.size(); }

    /// The client's output is full: stops deliveries until resume(). For the owner of the
    /// recipient, which may call pause() inside Recipient::deliver(), but resume() only outside of
    /// the core.
    void pause() { is_paused_ = true; }
    void resume();
    bool is_paused() const { return is_paused_; }

    /// Adds an exclusive queue.
    void own(Queue& queue) { exclusive_queues_.insert(&queue); }
    void disown(Queue& queue) { exclusive_queues_.erase(&queue); }

    const std::string& user() const { return user_; }
    Core& core() const { return core_; }
    VirtualHost& host() const { return host_; }
    Recipient& recipient() const { return recipient_; }

private:
    class Orphans;

    Core& core_;
    VirtualHost& host_;
    std::string user_;
    Recipient& recipient_;
    bool is_paused_ = false;
    std::map<std::uint16_t, std::unique_ptr<Channel>> channels_;
    std::unordered_set<Queue*> exclusive_queues_;
};

}  // namespace eventail::broker
