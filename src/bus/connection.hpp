// The common part of the consuming and the publishing connection: a session that lives as long as
// its link. Passes bytes and time through; keeps the end of a session for the worker.
#pragma once

#include "amqp/session.hpp"
#include "base/time.hpp"
#include "wire/buffer.hpp"
#include "wire/protocol_error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::bus {

/// The broker refused login or virtual host: another attempt at the same url would end the same
/// way.
bool is_refusal(const amqp::SessionEnd& end);

/// The broker or we closed it for an error; it was neither cut nor closed on request.
bool is_fault(const amqp::SessionEnd& end);

/// Why a connection ended, for people: the url, what failed, and what to check. `what` says it if
/// there was no session.
std::string end_text(const std::string& url_name, const std::optional<amqp::SessionEnd>& end,
                     std::string_view what);

class Connection : protected amqp::SessionEvents {
public:
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// The link is open: starts a session.
    void link_up(const amqp::SessionOptions& options, TimePoint now);
    /// The link is gone, or was never established; `what` says how. @return how its session ended,
    /// if it had one
    std::optional<amqp::SessionEnd> link_down(std::string_view what, TimePoint now);
    void feed(wire::Bytes bytes, TimePoint now);
    amqp::Session::BodyRoom body_room() {
        return session_ ? session_->body_room() : amqp::Session::BodyRoom{};
    }
    void body_received(std::size_t count, TimePoint now);
    void tick_session(TimePoint now);
    void written(std::size_t count, TimePoint now);
    /// Bytes to write; null without a session.
    amqp::OutputQueue* output() { return session_ ? &session_->output() : nullptr; }
    std::optional<TimePoint> session_deadline() const;

    /// A session exists and has not ended.
    bool is_up() const { return session_ && !session_->is_ended(); }
    /// The session has ended and written everything: close the link.
    bool is_finished() const { return session_ && session_->is_finished(); }
    /// The session has ended, but not because we closed it.
    bool has_failed() const {
        return session_ && end_ && end_->cause != amqp::SessionEnd::Cause::closed_by_us;
    }

    /// Closes the connection politely. `why`: the reason for people, instead of "closed", unless we
    /// are done.
    void close_session(TimePoint now, std::string why = {});

    /// How the last session ended; cleared by link_up().
    const std::optional<amqp::SessionEnd>& end() const { return end_; }

protected:
    ~Connection() = default;

    amqp::Session& session() { return *session_; }
    const amqp::Session& session() const { return *session_; }
    /// The time of the current call.
    TimePoint now() const { return now_; }
    void set_now(TimePoint now) { now_ = now; }

    /// The session has ended; end() says why.
    virtual void on_down() = 0;

private:
    void on_end(const amqp::SessionEnd& end) final;

    std::optional<amqp::Session> session_;
    std::optional<amqp::SessionEnd> end_;
    std::string why_we_close_ = {};
    bool has_worked_ = false;  // a session was open
    TimePoint now_ = {};
};

}  // namespace eventail::bus
