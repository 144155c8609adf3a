#include "bus/connection.hpp"

#include "bus/refusal.hpp"

#include <utility>

namespace eventail::bus {

bool is_refusal(const amqp::SessionEnd& end) {
    return end.cause == amqp::SessionEnd::Cause::login_refused ||
           end.cause == amqp::SessionEnd::Cause::virtual_host_refused;
}

bool is_fault(const amqp::SessionEnd& end) {
    return end.cause == amqp::SessionEnd::Cause::protocol_error ||
           end.cause == amqp::SessionEnd::Cause::closed_by_server;
}

namespace {

std::string_view advice_on(const amqp::SessionEnd& end) {
    switch (end.cause) {
        case amqp::SessionEnd::Cause::login_refused: return "; check user and password in the url";
        case amqp::SessionEnd::Cause::virtual_host_refused:
            return "; does the virtual host exist, and may the user enter it?";
        default: return remedy(end.text);
    }
}

}  // namespace

std::string end_text(const std::string& url_name, const std::optional<amqp::SessionEnd>& end,
                     std::string_view what) {
    if (!end) return std::string(what);
    // The link's text already names the url.
    std::string line = end->text.starts_with(url_name) ? "" : url_name + ": ";
    line += end->text;
    const std::string_view advice = advice_on(*end);
    // RabbitMQ ends some of its texts as sentences.
    if (!advice.empty() && line.ends_with('.')) line.pop_back();
    line += advice;
    return line;
}

void Connection::link_up(const amqp::SessionOptions& options, TimePoint now) {
    now_ = now;
    end_.reset();
    why_we_close_.clear();
    amqp::SessionOptions chosen = options;
    chosen.has_worked_before = has_worked_;
    session_.emplace(std::move(chosen), static_cast<amqp::SessionEvents&>(*this));
    session_->start(now);
}

std::optional<amqp::SessionEnd> Connection::link_down(std::string_view what, TimePoint now) {
    now_ = now;
    if (!session_) return std::nullopt;
    session_->transport_lost(what, now);
    has_worked_ |= session_->has_been_open();
    session_.reset();
    return end_;
}

void Connection::feed(wire::Bytes bytes, TimePoint now) {
    now_ = now;
    if (session_) session_->feed(bytes, now);
}

void Connection::body_received(std::size_t count, TimePoint now) {
    now_ = now;
    if (session_) session_->body_received(count, now);
}

void Connection::tick_session(TimePoint now) {
    now_ = now;
    if (session_) session_->tick(now);
}

void Connection::written(std::size_t count, TimePoint now) {
    if (session_) session_->written(count, now);
}

std::optional<TimePoint> Connection::session_deadline() const {
    return session_ ? session_->next_deadline() : std::nullopt;
}

void Connection::close_session(TimePoint now, std::string why) {
    now_ = now;
    if (why_we_close_.empty()) why_we_close_ = std::move(why);
    if (session_) session_->close(wire::ReplyCode::success, "goodbye", now);
}

void Connection::on_end(const amqp::SessionEnd& end) {
    end_ = end;
    if (!why_we_close_.empty()) end_->text = why_we_close_;
    on_down();
}

}  // namespace eventail::bus
