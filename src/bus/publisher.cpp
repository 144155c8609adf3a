#include "bus/publisher.hpp"

#include "base/assert.hpp"
#include "base/earlier.hpp"
#include "bus/interpret.hpp"
#include "bus/message_id.hpp"
#include "bus/returned_message.hpp"
#include "wire/frame.hpp"
#include "wire/reframe.hpp"

#include <memory>
#include <utility>
#include <variant>

namespace eventail::bus {
namespace {

// Enough for a full write or two; more would only delay urgent output.
constexpr std::size_t output_high_water_bytes = 512 * 1024;

// Other threads may be appending to the segment: do not ask for its size.
wire::Bytes bytes_in(const FrameRange& range) {
    return {range.segment->frames.data() + range.offset, range.length};
}

/// Appends all frames of a message, wherever its body is.
void append_whole(const FrameRange& range, wire::Buffer& out) {
    out.append(bytes_in(range));
    if (!range.segment->body) return;
    wire::encode_body(out, Publisher::confirm_channel, range.segment->body->bytes(),
                      Publisher::message_frame_bytes);
}

// Refusals of a single message, not of the service as a whole.
bool is_about_a_message(wire::ReplyCode code) {
    return code == wire::ReplyCode::precondition_failed ||
           code == wire::ReplyCode::access_refused || code == wire::ReplyCode::content_too_large ||
           code == wire::ReplyCode::not_implemented;
}

Notice alarm_notice(bool is_blocked, std::string_view reason) {
    if (!is_blocked)
        return {.severity = Severity::info, .text = "the broker accepts messages again"};
    return {.severity = Severity::warning,
            .text = "the broker has an alarm and accepts no messages: " + std::string(reason)};
}

std::uint64_t count_messages(wire::Bytes frames) {
    std::uint64_t count = 0;
    wire::FrameReader reader(Publisher::log_frame_bytes);
    reader.feed(frames);
    while (const std::optional<wire::Frame> frame = reader.next()) {
        if (frame->type == wire::FrameType::method) ++count;
    }
    return count;
}

}  // namespace

void Publisher::add_logs(wire::Bytes frames) {
    const bool is_refused = is_log_channel_refused_ && !is_log_channel_ready_;
    if (is_refused || logs_.size() + frames.size() > options_.max_log_bytes) {
        dropped_logs_ += count_messages(frames);
    } else {
        logs_.append(frames);
    }
}

void Publisher::drop_logs() {
    dropped_logs_ += count_messages(logs_.view());
    logs_.clear();
}

void Publisher::pump(TimePoint now) {
    set_now(now);
    if (!is_ready() || is_blocked()) return;
    send_logs();
    // If frames may need cutting, messages go out one by one.
    const bool fit_all = session().frame_max() >= message_frame_bytes;
    for (;;) {
        const std::size_t queued_bytes = session().output().size_bytes();
        if (queued_bytes >= output_high_water_bytes) return;
        const std::size_t most_bytes = output_high_water_bytes - queued_bytes;
        const std::optional<FrameRange> range = outbox_.next(fit_all ? most_bytes : 0);
        if (!range) return;
        send(*range);
    }
}

void Publisher::send(const FrameRange& range) {
    EVENTAIL_ASSERT(is_ready() && !is_blocked(), "messages go out on a channel that is ready");
    EVENTAIL_ASSERT(range.segment, "a message has its segment until it is settled");
    if (range.segment->body) {
        // The frames before a body always fit: names and ids are limited.
        session().publish(range.segment, bytes_in(range));
        session().publish_body(confirm_channel, range.segment, range.segment->body->bytes());
        return;
    }
    if (session().frame_max() >= message_frame_bytes || range.length <= session().frame_max()) {
        session().publish(range.segment, bytes_in(range));
        return;
    }
    auto reframed = std::make_shared<wire::Buffer>();
    if (wire::reframe(bytes_in(range), *reframed, session().frame_max())) {
        session().publish(reframed, reframed->view());
        return;
    }
    outbox_.refuse_unsent(range.sequence);
    refused(range.sequence, wire::ReplyCode::content_too_large,
            "its properties do not fit into a frame of this broker");
}

void Publisher::send_logs() {
    if (logs_.empty() || !is_log_channel_ready_) return;
    session().output().append_control([this](wire::Buffer& out) { out.append(logs_.view()); });
    logs_.clear();
}

void Publisher::tick(TimePoint now) {
    set_now(now);
    outbox_.retry_due(now);
    if (!outbox_.rejections().empty()) note_rejections();
    if (is_blocked() && now >= *blocked_since_ + options_.blocked_timeout) {
        session().transport_lost(
            "the broker has blocked publishing for longer than blocked_timeout", now);
        return;
    }
    tick_session(now);
}

std::optional<TimePoint> Publisher::next_deadline() const {
    if (news_) return TimePoint::min();
    std::optional<TimePoint> earliest = session_deadline();
    const auto consider = [&](std::optional<TimePoint> candidate) {
        earliest = earlier(earliest, candidate);
    };
    if (is_ready() && !is_blocked()) consider(outbox_.next_retry());
    if (is_blocked()) consider(*blocked_since_ + options_.blocked_timeout);
    return earliest;
}

void Publisher::begin_close(TimePoint now) {
    set_now(now);
    if (stage_ == Stage::closing) return;
    const bool has_channels = stage_ == Stage::ready && !is_blocked();
    stage_ = Stage::closing;
    if (!has_channels) {
        close_session(now);
        return;
    }
    if (is_log_channel_ready_) session().close_channel(log_channel, now);
    session().close_channel(confirm_channel, now);
}

void Publisher::on_open() {
    EVENTAIL_ASSERT(outbox_.in_flight() == 0, "nothing is under way on a new connection");
    stage_ = Stage::preparing;
    prepare_confirm_channel();
    prepare_log_channel();
}

void Publisher::prepare_confirm_channel() {
    session().open_channel(confirm_channel, now());
    declare_exchanges(confirm_channel);
    session().request(confirm_channel, wire::ConfirmSelect{}, now());
}

void Publisher::prepare_log_channel() {
    if (session().channel_max() < log_channel) {
        is_log_channel_refused_ = true;
        drop_logs();
        if (!std::exchange(has_warned_of_one_channel_, true)) {
            news().notices.push_back(
                {.severity = Severity::warning,
                 .text = "channel_max is 1 (in the url or on the broker): messages use the only "
                         "channel, so log records are not sent; allow 2 channels"});
        }
        return;
    }
    // The channel with confirms has already declared the exchange, on the same connection.
    session().open_channel(log_channel, now());
    is_log_channel_ready_ = true;
}

void Publisher::declare_exchanges(std::uint16_t channel) {
    for (const std::string_view exchange : all_exchanges) {
        session().request(
            channel, wire::ExchangeDeclare{.exchange = exchange, .type = "topic", .durable = true},
            now());
    }
}

void Publisher::on_reply(std::uint16_t channel, const wire::Method& reply) {
    if (channel != confirm_channel) return;
    if (std::holds_alternative<wire::ConfirmSelectOk>(reply) && stage_ == Stage::preparing) {
        stage_ = Stage::ready;
    }
    if (std::holds_alternative<wire::ChannelCloseOk>(reply)) close_session(now());
}

void Publisher::on_confirm(std::uint16_t channel, std::uint64_t tag, bool multiple, bool is_ack) {
    if (channel != confirm_channel) return;
    outbox_.confirm(tag, multiple, is_ack, now());
    if (!outbox_.rejections().empty()) note_rejections();
}

void Publisher::note_rejections() {
    for (const Outbox::Rejection& each : std::exchange(outbox_.rejections(), {})) {
        std::optional<Notice> notice;
        if (each.is_over) {
            notice = rejections_.settled(each.sequence);
        } else if (const std::optional<FrameRange> range = outbox_.bytes_of(each.sequence)) {
            const Route route = route_of(bytes_in(*range));
            notice = rejections_.rejected(each.sequence, route.exchange, route.key);
        }
        if (notice) news().notices.push_back(*std::move(notice));
    }
}

void Publisher::on_returned(const amqp::Returned& returned) {
    if (returned.channel != confirm_channel) return;
    const auto key =
        key_of(returned.properties.message_id.value_or(""), options_.message_id_prefix);
    if (!key) return;
    const std::optional<Sequence> sequence = outbox_.returned(*key);
    if (!sequence) return;
    news().returned.push_back(
        {.sequence = *sequence, .message = interpret_returned(returned, options_.payload_limits)});
}

void Publisher::refused(Sequence sequence, wire::ReplyCode code, std::string_view text) {
    const std::optional<FrameRange> range = outbox_.bytes_of(sequence);
    if (!range) return;
    wire::Buffer frames;
    append_whole(*range, frames);
    news().returned.push_back({.sequence = sequence,
                               .is_refused = true,
                               .message = read_back(frames.view(), static_cast<std::uint16_t>(code),
                                                    text, options_.payload_limits)});
}

void Publisher::on_channel_closed(std::uint16_t channel, wire::ReplyCode code,
                                  std::string_view text) {
    if (channel == log_channel) {
        // Logs are never worth an error. If the broker refuses them, it does so once per
        // connection.
        is_log_channel_ready_ = false;
        if (std::exchange(is_log_channel_refused_, true)) {
            drop_logs();
        } else if (stage_ != Stage::closing) {
            prepare_log_channel();
        }
        return;
    }
    if (stage_ == Stage::preparing) {
        if (std::optional<Refusal> refusal = refusal_for_good(code, text)) {
            news().refusal = std::move(refusal);
        }
        close_session(now(), std::string(text));
        return;
    }
    if (stage_ == Stage::closing) {
        close_session(now());
        return;
    }
    if (is_about_a_message(code)) {
        if (const std::optional<Sequence> culprit = outbox_.channel_refused()) {
            refused(*culprit, code, text);
        }
    } else {
        outbox_.connection_lost();
    }
    stage_ = Stage::preparing;
    prepare_confirm_channel();
}

void Publisher::on_blocked(bool is_blocked, std::string_view reason) {
    if (is_blocked != this->is_blocked())
        news().notices.push_back(alarm_notice(is_blocked, reason));
    blocked_since_ = is_blocked ? std::optional{now()} : std::nullopt;
    blocked_reason_ = reason;
}

void Publisher::on_down() {
    stage_ = Stage::down;
    is_log_channel_ready_ = is_log_channel_refused_ = false;
    blocked_since_.reset();
    outbox_.connection_lost();
    EVENTAIL_ASSERT(outbox_.in_flight() == 0, "nothing is under way without a connection");
}

}  // namespace eventail::bus
