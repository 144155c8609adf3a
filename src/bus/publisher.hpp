// The publishing connection: prepares its channels, sends the outbox's messages, reports the
// broker's answers to it, and carries logs on a channel without confirms. (protocol.md,
// "Acknowledgement")
#pragma once

#include "bus/connection.hpp"
#include "bus/notice.hpp"
#include "bus/outbox.hpp"
#include "bus/refusal.hpp"
#include "bus/rejections.hpp"
#include "wire/frame.hpp"
#include <eventail/message.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eventail::bus {

struct PublisherOptions {
    Duration blocked_timeout = std::chrono::hours{1};
    std::string message_id_prefix = {};  ///< of counted ids
    std::size_t max_log_bytes = 1u << 20;
    PayloadLimits payload_limits = {};
};

/// Events on the publishing connection.
struct PublisherNews {
    /// A message that came back, or was refused for its content.
    struct Returned {
        Sequence sequence = 0;
        bool is_refused = false;
        ReturnedMessage message = {};
    };

    std::vector<Notice> notices = {};
    std::optional<Refusal> refusal = {};  ///< a permanent refusal by the broker
    std::vector<Returned> returned = {};
};

class Publisher final : public Connection {
public:
    Publisher(PublisherOptions options, Outbox& outbox)
        : options_(std::move(options)), outbox_(outbox) {}

    /// Channels and exchanges are ready: messages can go out.
    bool is_ready() const { return stage_ == Stage::ready && is_up(); }
    /// A memory or disk alarm of the broker blocks it.
    bool is_blocked() const { return blocked_since_.has_value() && is_up(); }
    const std::string& blocked_reason() const { return blocked_reason_; }

    /// Queues whole log messages (frames of at most 4096 bytes on log_channel) for sending. Drops
    /// and counts messages beyond the limit.
    void add_logs(wire::Bytes frames);
    bool has_logs() const { return !logs_.empty(); }
    /// Drops and counts the waiting logs: nobody will send them.
    void drop_logs();
    std::uint64_t dropped_logs() const { return dropped_logs_; }

    /// Moves messages into the output while it is short. Call before writing.
    void pump(TimePoint now);
    /// Handles due timeouts. Also ticks the session.
    void tick(TimePoint now);
    std::optional<TimePoint> next_deadline() const;

    /// Everything is written, logs included.
    bool is_idle() const {
        const bool has_to_send = is_log_channel_ready_ && has_logs();
        return !has_to_send && (!is_up() || session().output().empty());
    }

    /// Closes channels, then the connection.
    void begin_close(TimePoint now);

    /// The events since the last call. While there are any, next_deadline() has passed.
    std::optional<PublisherNews> take_news() { return std::exchange(news_, std::nullopt); }

    const Rejections& rejections() const { return rejections_; }

    // How to encode messages before the broker is known. Messages are cut again if it accepts less;
    // logs, which are never touched again, are encoded for every broker.
    static constexpr std::uint16_t confirm_channel = 1;
    static constexpr std::size_t message_frame_bytes = wire::default_frame_bytes;
    static constexpr std::uint16_t log_channel = 2;
    static constexpr std::size_t log_frame_bytes = wire::min_frame_bytes;

private:
    enum class Stage : std::uint8_t { down, preparing, ready, closing };

    void on_open() override;
    void on_reply(std::uint16_t channel, const wire::Method& reply) override;
    void on_delivery(const amqp::Delivery&) override {}
    void on_returned(const amqp::Returned& returned) override;
    void on_confirm(std::uint16_t channel, std::uint64_t tag, bool multiple, bool is_ack) override;
    void on_consumer_cancelled(std::uint16_t, std::string_view) override {}
    void on_channel_closed(std::uint16_t channel, wire::ReplyCode code,
                           std::string_view text) override;
    void on_blocked(bool is_blocked, std::string_view reason) override;
    void on_down() override;

    PublisherNews& news() { return news_ ? *news_ : news_.emplace(); }
    void prepare_confirm_channel();
    void prepare_log_channel();
    void declare_exchanges(std::uint16_t channel);
    void send(const FrameRange& range);
    void send_logs();
    void note_rejections();
    void refused(Sequence sequence, wire::ReplyCode code, std::string_view text);

    PublisherOptions options_;
    Outbox& outbox_;
    Stage stage_ = Stage::down;
    bool is_log_channel_ready_ = false;
    bool is_log_channel_refused_ = false;
    wire::Buffer logs_;
    std::uint64_t dropped_logs_ = 0;
    std::optional<TimePoint> blocked_since_;
    std::string blocked_reason_;
    std::optional<PublisherNews> news_;
    bool has_warned_of_one_channel_ = false;
    Rejections rejections_;
};

}  // namespace eventail::bus
