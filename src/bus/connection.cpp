#include "bus/connection.hpp"

namespace eventail::bus {

void Connection::link_up(const amqp::SessionOptions& options, amqp::TimePoint now) {
    now_ = now;
    end_.reset();
    session_.emplace(options, static_cast<amqp::SessionEvents&>(*this));
    session_->start(now);
}

void Connection::link_down(std::string_view what, amqp::TimePoint now) {
    now_ = now;
    if (session_) session_->transport_lost(what, now);
    session_.reset();
}

void Connection::feed(wire::Bytes bytes, amqp::TimePoint now) {
    now_ = now;
    if (session_) session_->feed(bytes, now);
}

void Connection::tick_session(amqp::TimePoint now) {
    now_ = now;
    if (session_) session_->tick(now);
}

void Connection::written(std::size_t count, amqp::TimePoint now) {
    if (session_) session_->written(count, now);
}

std::optional<amqp::TimePoint> Connection::session_deadline() const {
    return session_ ? session_->next_deadline() : std::nullopt;
}

void Connection::close_session(amqp::TimePoint now) {
    now_ = now;
    if (session_) session_->close(wire::ReplyCode::success, "goodbye", now);
}

void Connection::on_end(const amqp::SessionEnd& end) {
    end_ = end;
    on_down();
}

}  // namespace eventail::bus
