// Time and flow control of a peer: deadlines, heartbeats, alarms, and clients that do not read.
#include "base/earlier.hpp"
#include "broker/core/refusal.hpp"
#include "broker/peer/peer.hpp"
#include "wire/frame_writer.hpp"

#include <limits>

namespace eventail::broker {

namespace {

/// RabbitMQ checks once per interval and gives up at the second check in a row without input: after
/// 2 to 3 intervals.
std::chrono::milliseconds patience(std::chrono::seconds heartbeat) {
    return 5 * std::chrono::milliseconds{heartbeat} / 2;
}

/// The longest silence allowed to a side whose peer expects a sign of life every `heartbeat`.
std::chrono::milliseconds half(std::chrono::seconds heartbeat) {
    return std::chrono::milliseconds{heartbeat} / 2;
}

}  // namespace

void Peer::tick(TimePoint now) {
    if (state_ == State::finished) return;
    const bool is_shaking_hands = state_ < State::running;
    if ((is_shaking_hands || state_ == State::closing) && now >= deadline_) {
        cut(is_shaking_hands ? "the handshake timed out" : "the client sent no close-ok");
        return;
    }
    if (state_ == State::closed && now >= deadline_) {
        drop_client("");
        return;
    }
    if (!output_.empty() && now >= last_progress_ + context_.options.write_timeout) {
        cut("the client does not read");
        return;
    }
    if (busy_channel_ != 0) go_on(now);
    if (is_resting_) {
        is_resting_ = false;
        handle_what_waited(now);
    }
    if (state_ == State::finished) return;
    if (is_blocked_ && !context_.core.is_alarmed()) unblock(now);
    for (auto& [number, channel] : channels_) {
        channel.confirms().flush(now);
        close_if_late(channel, now);
    }
    if (is_heartbeat_on()) tick_heartbeat(now);
}

std::optional<TimePoint> Peer::next_deadline() const {
    std::optional<TimePoint> earliest;
    if (state_ == State::finished) return earliest;
    if (state_ != State::running) earliest = deadline_;
    // Long ago: at once.
    if (busy_channel_ != 0 || is_resting_) earliest = earlier(earliest, last_received_);
    if (!output_.empty())
        earliest = earlier(earliest, last_progress_ + context_.options.write_timeout);
    if (is_heartbeat_on()) {
        if (output_.empty()) earliest = earlier(earliest, last_written_ + half(heartbeat_));
        if (!is_blocked_) earliest = earlier(earliest, last_received_ + patience(heartbeat_));
    }
    for (const auto& [number, channel] : channels_) {
        earliest = earlier(earliest, channel.settling_deadline());
        if (faults_.may_hold_confirms())
            earliest = earlier(earliest, channel.confirms().next_deadline());
    }
    return earliest;
}

bool Peer::is_heartbeat_on() const { return state_ == State::running && heartbeat_.count() != 0; }

void Peer::close_if_late(PeerChannel& channel, TimePoint now) {
    const auto deadline = channel.settling_deadline();
    if (!deadline || now < *deadline) return;
    const std::string number = std::to_string(channel.number());
    const auto timeout =
        std::chrono::floor<std::chrono::milliseconds>(context_.options.consumer_timeout);
    const std::string reason =
        text("PRECONDITION_FAILED - delivery acknowledgement on channel ", number,
             " timed out. Timeout value used: ", std::to_string(timeout.count()),
             " ms. This timeout value can be configured, see consumers doc guide to learn more");
    transport_.log(text("channel ", number, " closed: ", reason));
    channel.close(wire::ReplyCode::precondition_failed, reason, {0, 0}, now);
}

void Peer::tick_heartbeat(TimePoint now) {
    if (!is_blocked_ && busy_channel_ == 0 && now >= last_received_ + patience(heartbeat_)) {
        cut("missed heartbeats from the client");
        return;
    }
    if (output_.empty() && now >= last_written_ + half(heartbeat_)) {
        output_.send_heartbeat();
        last_written_ = now;
        last_progress_ = now;
    }
}

bool Peer::wants_input() const {
    return !is_waiting() && !faults_.is_stalled() &&
           output_.size_bytes() < 4 * context_.options.pause_output_bytes;
}

std::size_t Peer::gather(std::span<wire::Bytes> views) {
    return faults_.is_stalled() ? 0 : output_.gather(views);
}

void Peer::written(std::size_t count, TimePoint now) {
    output_.consume(count);
    last_written_ = now;
    last_progress_ = now;
    if (output_.is_limit_reached()) {
        cut("cut by script");
        return;
    }
    const bool has_room = output_.size_bytes() < context_.options.pause_output_bytes / 2;
    if (connection_ != nullptr && connection_->is_paused() && has_room) connection_->resume();
}

void Peer::block() {
    is_blocked_ = true;
    if (is_told_of_alarms_) output_.send(0, wire::ConnectionBlocked{.reason = "low on memory"});
}

void Peer::unblock(TimePoint now) {
    is_blocked_ = false;
    last_received_ = now;
    if (is_told_of_alarms_) output_.send(0, wire::ConnectionUnblocked{});
    handle_what_waited(now);
}

void Peer::keep_for_later(const wire::Frame& frame) {
    wire::FrameWriter copy(waiting_, frame.type, frame.channel);
    copy.payload().raw(frame.payload);
    copy.finish();
}

// Not all at once, if they put messages into very many queues.
void Peer::handle_frames_of(wire::FrameReader& reader, TimePoint now) {
    constexpr std::uint64_t most_work = 20'000;
    const Environment& environment = context_.core.environment();
    const std::uint64_t end = environment.work_count() + most_work;
    while (!is_deaf_ && state_ != State::finished) {
        const auto frame = reader.next();
        if (!frame) break;
        handle_frame(*frame, now);
        if (environment.work_count() > end) is_resting_ = true;
    }
}

void Peer::handle_what_waited(TimePoint now) {
    if (is_waiting()) return;
    const wire::Buffer frames = std::move(waiting_);
    waiting_ = {};
    wire::FrameReader reader(std::numeric_limits<std::uint32_t>::max());
    reader.feed(frames.view());
    handle_frames_of(reader, now);
    flush_confirms(now);
}

void Peer::flush_confirms(TimePoint now) {
    if (last_publishing_channel_ == 0) return;
    const auto found = channels_.find(last_publishing_channel_);
    if (found != channels_.end()) found->second.confirms().flush(now);
}

}  // namespace eventail::broker
