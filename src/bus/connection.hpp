// What the consuming and the publishing connection have in common: a session that comes and goes
// with its link. Bytes and time are passed through; the end of a session is kept for the worker.
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

/// Login or virtual host refused: another attempt at the same url would end alike.
bool is_refusal(const amqp::SessionEnd& end);

/// The broker or we closed it for an error: it was not cut, and not asked for.
bool is_fault(const amqp::SessionEnd& end);

/// Why a connection ended, for people: the url, what failed, and what to check. Without a session
/// that could say, `what` does.
std::string end_text(const std::string& url_name, const std::optional<amqp::SessionEnd>& end,
                     std::string_view what);

class Connection : protected amqp::SessionEvents {
public:
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// The link is open: starts a session.
    void link_up(const amqp::SessionOptions& options, TimePoint now);
    /// The link is gone, or was never established. `what` says how.
    /// @return how its session ended, if it had one
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

    /// There is a session that has not ended.
    bool is_up() const { return session_ && !session_->is_ended(); }
    /// The session has ended and said all it had to say: the link can be closed.
    bool is_finished() const { return session_ && session_->is_finished(); }
    /// The session has ended, and not because we closed it.
    bool has_failed() const {
        return session_ && end_ && end_->cause != amqp::SessionEnd::Cause::closed_by_us;
    }

    /// Closes the connection politely. `why`: for people, in place of "closed", if it is not
    /// because we are done.
    void close_session(TimePoint now, std::string why = {});

    /// How the last session ended; cleared by link_up().
    const std::optional<amqp::SessionEnd>& end() const { return end_; }

protected:
    ~Connection() = default;

    amqp::Session& session() { return *session_; }
    const amqp::Session& session() const { return *session_; }
    /// The time of the call that is being served.
    TimePoint now() const { return now_; }
    void set_now(TimePoint now) { now_ = now; }

    /// The session has ended; end() says why.
    virtual void on_down() = 0;

private:
    void on_end(const amqp::SessionEnd& end) final;

    std::optional<amqp::Session> session_;
    std::optional<amqp::SessionEnd> end_;
    std::string why_we_close_ = {};
    TimePoint now_ = {};
};

}  // namespace eventail::bus
