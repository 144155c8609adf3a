#include "amqp/session.hpp"

#include "base/printable.hpp"
#include "wire/big_endian.hpp"

#include <algorithm>
#include <cassert>

namespace eventail::amqp {

namespace {

using Cause = SessionEnd::Cause;

constexpr std::size_t max_short_string_bytes = 255;
constexpr const char* wrong_port_hint =
    "is it a broker's port for AMQP? One for TLS takes amqps:// urls";

/// The beginning of `text` that fits into a short string, without half a character at its end.
std::string_view shortened(std::string_view text) {
    if (text.size() <= max_short_string_bytes) return text;
    std::size_t length = max_short_string_bytes;
    const auto is_continuation = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
    };
    while (length > 0 && is_continuation(length)) --length;
    return text.substr(0, length);
}

std::string duration_text(Duration duration) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    if (milliseconds.count() % 1000 != 0) return std::to_string(milliseconds.count()) + " ms";
    return std::to_string(milliseconds.count() / 1000) + " s";
}

}  // namespace

void Session::start(TimePoint now) {
    if (state_ != State::idle) throw std::logic_error("a session starts once");
    state_ = State::awaiting_start;
    deadline_ = now + options_.handshake_timeout;
    output_.append_control(
        [](wire::Buffer& buffer) { buffer.append(wire::protocol_header().bytes); });
}

void Session::feed(wire::Bytes bytes, TimePoint now) {
    if (is_deaf_ || state_ == State::idle || bytes.empty()) return;
    last_received_ = now;
    if (state_ == State::awaiting_start && refuse_stranger(bytes, now)) return;
    // An error within a frame leaves the reader in step, one in the framing does not.
    is_deaf_ = !survives([&] { reader_.feed(bytes); }, now);
    if (!is_deaf_ && reader_.peer_header()) refuse_version(*reader_.peer_header(), now);
    while (!is_deaf_) {
        std::optional<wire::Frame> frame;
        if (!survives([&] { frame = reader_.next(); }, now)) is_deaf_ = true;
        if (!frame) return;
        survives([&] { handle_frame(*frame, now); }, now);
    }
}

template <typename Step>
bool Session::survives(Step&& step, TimePoint now) {
    try {
        step();
        return true;
    } catch (const wire::ProtocolError& error) {
        fail(error, now);
        return false;
    }
}

void Session::handle_frame(const wire::Frame& frame, TimePoint now) {
    if (frame.type == wire::FrameType::heartbeat) return;
    if (state_ == State::closing || state_ == State::ended) {
        handle_while_closing(frame, now);
    } else if (frame.channel != 0) {
        handle_channel_frame(frame);
    } else if (frame.type != wire::FrameType::method) {
        throw wire::ProtocolError(wire::ReplyCode::unexpected_frame, "content on channel 0");
    } else if (state_ == State::open) {
        handle_connection_method(frame.payload, now);
    } else {
        handle_handshake(frame.payload, now);
    }
}

/// After our close, discards everything except its answer and a close that crossed it.
void Session::handle_while_closing(const wire::Frame& frame, TimePoint now) {
    if (frame.channel != 0 || frame.type != wire::FrameType::method) return;
    const wire::MethodId id = wire::peek_method_id(frame.payload);
    if (id == wire::ConnectionClose::id && !is_crossing_close_answered_) {
        is_crossing_close_answered_ = true;
        queue(0, wire::ConnectionCloseOk{});
    } else if (id == wire::ConnectionCloseOk::id && is_close_sent_) {
        if (state_ == State::closing) {
            end_closed(Linger::flush, now);
        }
        linger_ = Linger::flush;
        is_deaf_ = true;
    }
}

void Session::fail(const wire::ProtocolError& error, TimePoint now) {
    if (state_ == State::ended) return;
    const std::string text = printable(error.what());
    if (state_ == State::awaiting_start || state_ == State::closing) {
        end(Cause::protocol_error, error.code(), text, Linger::none, now);
        return;
    }
    queue_close(error.code(), text, error.method().value_or(wire::MethodId{0, 0}));
    // Where frames begin and end is not known any more: an answer could not be read.
    const bool is_answer_readable = error.code() != wire::ReplyCode::frame_error;
    end(Cause::protocol_error, error.code(), text,
        is_answer_readable ? Linger::await_close_ok : Linger::flush, now);
}

void Session::end(SessionEnd::Cause cause, wire::ReplyCode code, std::string_view text,
                  Linger linger, TimePoint now) {
    if (state_ != State::closing) deadline_ = now + options_.close_timeout;
    state_ = State::ended;
    linger_ = linger;
    if (linger != Linger::await_close_ok) is_deaf_ = true;
    const bool is_fault = cause == Cause::protocol_error || cause == Cause::closed_by_server;
    events_.on_end({.cause = cause,
                    .code = code,
                    .text = printable(text),
                    .consumer_tag = is_fault ? incoming_consumer_tag() : std::string()});
}

void Session::end_closed(Linger linger, TimePoint now) {
    if (own_error_) {
        end(Cause::protocol_error, own_error_->code(), own_error_->what(), linger, now);
    } else {
        end(Cause::closed_by_us, wire::ReplyCode::success, "closed", linger, now);
    }
}

std::string Session::incoming_consumer_tag() const {
    for (const auto& [number, channel] : channels_) {
        if (!channel.content.is_under_way() || channel.content.is_returned()) continue;
        return std::string(channel.content.delivery().consumer_tag);
    }
    return {};
}

void Session::transport_lost(std::string_view what, TimePoint now) {
    linger_ = Linger::none;
    is_deaf_ = true;
    if (state_ == State::ended) return;
    const auto success = wire::ReplyCode::success;
    if (state_ == State::closing && own_error_) {
        end_closed(Linger::none, now);
    } else if (state_ == State::closing && (!is_close_sent_ || is_crossing_close_answered_)) {
        end(Cause::closed_by_us, success, what, Linger::none, now);
    } else if (what.find("TLS failed: ") != what.npos) {
        // A broker that refuses our certificate says so after the TLS 1.3 handshake. The port and
        // the login are not to blame.
        end(Cause::transport_lost, success, what, Linger::none, now);
    } else if (state_ == State::awaiting_start) {
        std::string text = std::string(what) + " before it sent any AMQP";
        if (!options_.has_worked_before) text += std::string("; ") + wrong_port_hint;
        end(Cause::transport_lost, success, text, Linger::none, now);
    } else if (state_ == State::awaiting_tune) {
        end(Cause::transport_lost, success,
            std::string(what) +
                " (right after our login: a broker may refuse one that way; check "
                "user and password)",
            Linger::none, now);
    } else {
        end(Cause::transport_lost, success, what, Linger::none, now);
    }
}

void Session::tick(TimePoint now) {
    const auto success = wire::ReplyCode::success;
    switch (state_) {
        case State::idle: break;
        case State::awaiting_start:
        case State::awaiting_tune:
        case State::awaiting_open_ok:
            if (now < deadline_) break;
            end(Cause::timed_out, success,
                "the broker did not complete the handshake within " +
                    duration_text(options_.handshake_timeout) +
                    (state_ == State::awaiting_start && !options_.has_worked_before
                         ? "; it sent nothing at all: " + std::string(wrong_port_hint)
                         : ""),
                Linger::none, now);
            break;
        case State::open: tick_open(now); break;
        case State::closing:
            if (now < deadline_) break;
            if (!is_close_sent_ || is_crossing_close_answered_ || own_error_) {
                end_closed(Linger::none, now);
            } else {
                end(Cause::timed_out, success,
                    "the broker did not answer our close within " +
                        duration_text(options_.close_timeout),
                    Linger::none, now);
            }
            break;
        case State::ended:
            if (now >= deadline_) linger_ = Linger::none;
            break;
    }
}

void Session::tick_open(TimePoint now) {
    if (const PendingRequest* request = first_request_due(); request && now >= request->deadline) {
        end(Cause::timed_out, wire::ReplyCode::success,
            "no answer to " + std::string(request->name) + " within " +
                duration_text(options_.request_timeout),
            Linger::none, now);
        return;
    }
    if (heartbeat_.count() == 0) return;
    if (now >= last_received_ + 2 * heartbeat_) {
        end(Cause::timed_out, wire::ReplyCode::success,
            "nothing heard from the broker for " + duration_text(2 * heartbeat_) +
                ", two heartbeats",
            Linger::none, now);
        return;
    }
    // Output that waits to be written proves us alive as well as a heartbeat would.
    if (output_.empty() && now >= last_written_ + Duration(heartbeat_) / 2) {
        output_.append_control([](wire::Buffer& buffer) { wire::encode_heartbeat(buffer); });
    }
}

std::optional<TimePoint> Session::next_deadline() const {
    switch (state_) {
        case State::idle: return std::nullopt;
        case State::ended: return is_finished() ? std::nullopt : std::optional(deadline_);
        case State::open: break;
        default: return deadline_;
    }
    std::optional<TimePoint> next;
    const auto consider = [&](TimePoint at) { next = next ? std::min(*next, at) : at; };
    if (const PendingRequest* request = first_request_due()) consider(request->deadline);
    if (heartbeat_.count() != 0) {
        consider(last_received_ + 2 * heartbeat_);
        if (output_.empty()) consider(last_written_ + Duration(heartbeat_) / 2);
    }
    return next;
}

const PendingRequest* Session::first_request_due() const {
    const PendingRequest* first = nullptr;
    if (is_blocked_) return nullptr;
    for (const auto& [number, channel] : channels_) {
        if (channel.requests.empty()) continue;
        const PendingRequest& oldest = channel.requests.front();
        if (first == nullptr || oldest.deadline < first->deadline) first = &oldest;
    }
    return first;
}

void Session::written(std::size_t count, TimePoint now) {
    if (count == 0) return;
    output_.consume(count);
    last_written_ = now;
    if (output_.empty()) answers_waiting_ = 0;
}

bool Session::is_finished() const {
    if (state_ != State::ended) return false;
    return linger_ == Linger::none || (linger_ == Linger::flush && output_.empty());
}

bool Session::open_channel(std::uint16_t channel, TimePoint now) {
    if (state_ != State::open) return false;
    if (channel == 0 || channel > channel_max_) {
        throw std::logic_error("channel " + std::to_string(channel) + " is not between 1 and " +
                               std::to_string(channel_max_));
    }
    const auto [at, is_new] = channels_.try_emplace(channel);
    if (!is_new) throw std::logic_error("channel " + std::to_string(channel) + " is not free");
    using Open = wire::ChannelOpen;
    queue(channel, Open{});
    at->second.requests.push_back(
        {wire::ChannelOpenOk::id, Open::name, now + options_.request_timeout});
    return true;
}

bool Session::close_channel(std::uint16_t channel, TimePoint now) {
    Channel* const usable = usable_channel(channel);
    if (usable == nullptr) return false;
    using Close = wire::ChannelClose;
    queue(channel, Close{.reply_code = static_cast<std::uint16_t>(wire::ReplyCode::success),
                         .reply_text = "closed"});
    usable->is_closing = true;
    usable->requests.clear();
    usable->requests.push_back(
        {wire::ChannelCloseOk::id, Close::name, now + options_.request_timeout});
    return true;
}

bool Session::is_channel_usable(std::uint16_t channel) const {
    if (state_ != State::open) return false;
    const auto found = channels_.find(channel);
    return found != channels_.end() && !found->second.is_closing;
}

Channel* Session::usable_channel(std::uint16_t channel) {
    return is_channel_usable(channel) ? &channels_.find(channel)->second : nullptr;
}

bool Session::may_publish(wire::Bytes frames) const {
    assert(frames.size() > wire::frame_overhead_bytes);
    return is_channel_usable(wire::load_big_endian<std::uint16_t>(frames.data() + 1));
}

void Session::close(wire::ReplyCode code, std::string_view text, TimePoint now) {
    if (state_ == State::closing || state_ == State::ended) return;
    // RabbitMQ reports a close before connection.open as an error.
    const bool is_heard = state_ == State::open || state_ == State::awaiting_open_ok;
    if (code != wire::ReplyCode::success) own_error_.emplace(code, std::string(text));
    if (is_heard) queue_close(code, text, {0, 0});
    state_ = State::closing;
    deadline_ = is_heard ? now + options_.close_timeout : now;
}

void Session::queue_close(wire::ReplyCode code, std::string_view text,
                          const wire::MethodId& culprit) {
    queue(0, wire::ConnectionClose{.reply_code = static_cast<std::uint16_t>(code),
                                   .reply_text = shortened(text),
                                   .class_id = culprit.class_id,
                                   .method_id = culprit.method_id});
    is_close_sent_ = true;
}

void Session::refuse_too_large(std::string_view method, std::size_t size_bytes,
                               std::uint32_t frame_max) {
    throw std::length_error(std::string(method) + " takes a frame of " +
                            std::to_string(size_bytes) + " bytes, more than frame_max, " +
                            std::to_string(frame_max) + ": shorten its arguments");
}

}  // namespace eventail::amqp
