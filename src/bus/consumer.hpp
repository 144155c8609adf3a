// The consuming connection: declares the topology, consumes the configuration queue first, then
// events and commands, and settles deliveries through the ledger. (protocol.md, "Life of a
// service")
#pragma once

#include "bus/connection.hpp"
#include "bus/envelope.hpp"
#include "bus/fault_streak.hpp"
#include "bus/interpret.hpp"
#include "bus/job.hpp"
#include "bus/ledger.hpp"
#include "bus/notice.hpp"
#include "bus/refusal.hpp"
#include "bus/ring.hpp"
#include "bus/topology.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventail::bus {

struct ConsumerOptions {
    Topology topology = {};
    std::uint16_t prefetch_count = 3;
    PayloadLimits payload_limits = {};
};

/// Events on the consuming connection, besides messages for handlers.
struct ConsumerNews {
    std::vector<Notice> notices = {};
    bool was_restarted = false;           ///< the channel was lost; the same connection reopens it
    std::optional<Refusal> refusal = {};  ///< a permanent refusal by the broker
    std::vector<Poison> poisons = {};     ///< dead-lettered before any handler
};

class Consumer final : public Connection {
public:
    /// The progress of the connection.
    enum class Stage : std::uint8_t {
        down,
        declaring,     ///< the topology
        unconfigured,  ///< consuming configurations only
        subscribing,   ///< to events and commands
        consuming,
        cancelling,  ///< stopping deliveries
        cancelled,   ///< no more deliveries; earlier ones can still be settled
        closing
    };

    Consumer(ConsumerOptions options, Ledger& ledger, SpareJobs& spare_jobs)
        : options_(std::move(options)), ledger_(ledger), spare_jobs_(spare_jobs) {}

    Stage stage() const { return stage_; }
    bool has_configurations() const;

    /// A handler has reported that the service is configured.
    void configured(TimePoint now);

    /// Cancels all consumers; stage() becomes cancelled when the broker has answered.
    void cancel(TimePoint now);

    /// Queues the settlements that the ledger has ready; with a large prefetch count, a few
    /// acknowledgements wait for more. Call before writing.
    void flush_settlements(TimePoint now);
    /// The latest time to call it, or the session, again.
    std::optional<TimePoint> next_deadline() const;

    /// Closes the channel, which settles everything first, then the connection. `why`: the reason
    /// for people, unless we are done.
    void begin_close(TimePoint now, std::string why = {});

    /// The next message for a handler, in the order of arrival, or null.
    const Job* next_received() const { return received_.empty() ? nullptr : &*received_.front(); }
    /// The queue of messages must not be empty.
    std::unique_ptr<Job> take_received();
    /// True if no received job that has not begun, taken out or not, may begin any more: we stop,
    /// or its channel was lost.
    bool take_forgetting() { return std::exchange(is_forgetting_, false); }

    /// The events since the last call. While there are any, next_deadline() has passed.
    std::optional<ConsumerNews> take_news() { return std::exchange(news_, std::nullopt); }

    /// Why the last connection ended, if by a fault; without the url. The next connection clears
    /// it.
    const std::optional<ConnectionFault>& fault() const { return fault_; }

    static constexpr std::uint16_t channel = 1;

private:
    void on_open() override;
    void on_reply(std::uint16_t channel, const wire::Method& reply) override;
    void on_delivery(const amqp::Delivery& delivery) override;
    void on_returned(const amqp::Returned&) override {}
    void on_confirm(std::uint16_t, std::uint64_t, bool, bool) override {}
    void on_consumer_cancelled(std::uint16_t channel, std::string_view consumer_tag) override;
    void on_channel_closed(std::uint16_t channel, wire::ReplyCode code,
                           std::string_view text) override;
    void on_blocked(bool, std::string_view) override {}
    void on_down() override;

    ConsumerNews& news() { return news_ ? *news_ : news_.emplace(); }
    void warn(std::string text);
    void declare();
    void consume(Source source);
    void subscribe();
    void lose_channel();
    void note_fault();
    bool may_gather(TimePoint now);
    void leave_for(const amqp::Delivery& delivery, bool is_asked_for, bool is_in_order);
    void settle_all();
    void warn_of_dead_letters();
    void forget_received();

    struct Queue {
        bool is_consumed = false;
        std::string name = {};  // one named by the broker outlives its channel
    };
    Queue& queue(Source source) { return queues_[static_cast<std::size_t>(source)]; }
    const QueuePlan* plan_of(Source source) const;

    ConsumerOptions options_;
    Ledger& ledger_;
    SpareJobs& spare_jobs_;
    Stage stage_ = Stage::down;
    std::array<Queue, 3> queues_ = {};
    std::optional<Source> last_source_;      // of the last delivery
    std::optional<TimePoint> restarted_at_;  // the channel, on this connection
    bool was_closed_again_ = false;          // too soon after restarted_at_
    std::optional<ConnectionFault> fault_;
    std::size_t next_declared_ =
        0;  // index of the queue whose declare-ok comes next, in the order of the plans
    std::size_t replies_outstanding_ = 0;  // to the consumes or cancels of the present stage
    bool is_forgetting_ = false;
    bool has_warned_of_dead_letters_ = false;
    Ring<std::unique_ptr<Job>> received_;
    std::optional<ConsumerNews> news_;
    std::vector<Settlement> settlements_;
    std::optional<TimePoint> gathering_until_;
    std::string why_closing_;
};

}  // namespace eventail::bus
