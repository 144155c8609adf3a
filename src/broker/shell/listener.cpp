#include "broker/shell/listener.hpp"

#include "broker/shell/loop.hpp"

namespace eventail::broker {

Listener::Listener(const ListenerOptions& options, PeerContext& context)
    : loop_(std::make_unique<Loop>(options, context)) {}

Listener::~Listener() {
    try {
        stop();
    } catch (...) {
        // The thread cannot be joined, and a destructor has no way to report it.
    }
}

std::uint16_t Listener::port() const { return loop_->port(); }
void Listener::start() { loop_->start(); }
void Listener::stop() { loop_->stop(); }
bool Listener::run(const std::function<void()>& task) { return loop_->run(task); }
void Listener::set_refusing(bool is_refusing) { loop_->set_refusing(is_refusing); }

void Listener::for_each_peer(const std::function<void(Peer&)>& visit) {
    loop_->for_each_peer(visit);
}

}  // namespace eventail::broker
