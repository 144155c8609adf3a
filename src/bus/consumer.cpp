#include "bus/consumer.hpp"

#include "base/assert.hpp"
#include "base/earlier.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace eventail::bus {
namespace {

// Acknowledgements gather up to this share of the prefetch count, so that the broker never waits
// for them, and for max_gathering_time at most.
constexpr unsigned gathering_share = 16;
constexpr std::size_t max_gathered = 64;
constexpr Duration max_gathering_time = std::chrono::milliseconds{1};

// A channel lost sooner than this is not reopened at once a second time.
constexpr Duration steady = std::chrono::seconds{1};

}  // namespace

bool Consumer::has_configurations() const { return plan_of(Source::configurations) != nullptr; }

const QueuePlan* Consumer::plan_of(Source source) const {
    for (const QueuePlan& plan : options_.topology.queues) {
        if (plan.source == source) return &plan;
    }
    return nullptr;
}

void Consumer::on_open() { declare(); }

// Requests everything at once; answers come in order, and the last one ends the stage.
void Consumer::declare() {
    EVENTAIL_ASSERT(ledger_.outstanding() == 0 && received_.empty(),
                    "a channel begins without deliveries of the one before");
    stage_ = Stage::declaring;
    next_declared_ = 0;
    replies_outstanding_ = 0;
    session().open_channel(channel, now());
    for (const std::string_view exchange : options_.topology.exchanges) {
        session().request(
            channel, wire::ExchangeDeclare{.exchange = exchange, .type = "topic", .durable = true},
            now());
    }
    for (const QueuePlan& plan : options_.topology.queues) {
        // A queue named by the broker lives as long as the connection, with its messages. It may be
        // declared passively, but not created again.
        const bool is_kept = plan.name.empty() && !queue(plan.source).name.empty();
        const std::string& name = is_kept ? queue(plan.source).name : plan.name;
        queue(plan.source).is_consumed = false;
        session().request(channel,
                          wire::QueueDeclare{.queue = name,
                                             .passive = is_kept,
                                             .durable = plan.is_durable,
                                             .exclusive = plan.is_exclusive},
                          now());
        for (const std::string& key : plan.routing_keys) {
            session().request(
                channel,
                wire::QueueBind{.queue = name, .exchange = plan.exchange, .routing_key = key},
                now());
        }
    }
    session().request(channel, wire::BasicQos{.prefetch_count = options_.prefetch_count}, now());
}

void Consumer::consume(Source source) {
    if (plan_of(source) == nullptr) return;
    queue(source).is_consumed = true;
    ++replies_outstanding_;
    session().request(
        channel,
        wire::BasicConsume{.queue = queue(source).name, .consumer_tag = consumer_tag_of(source)},
        now());
}

void Consumer::subscribe() {
    EVENTAIL_ASSERT(stage_ == Stage::declaring || stage_ == Stage::unconfigured,
                    "a channel subscribes once");
    stage_ = Stage::subscribing;
    replies_outstanding_ = 0;
    consume(Source::events);
    consume(Source::commands);
    if (replies_outstanding_ == 0) stage_ = Stage::consuming;
}

void Consumer::configured(TimePoint now) {
    set_now(now);
    if (stage_ == Stage::unconfigured) subscribe();
}

void Consumer::on_reply(std::uint16_t, const wire::Method& reply) {
    if (const auto* declared = std::get_if<wire::QueueDeclareOk>(&reply)) {
        EVENTAIL_ASSERT(next_declared_ < options_.topology.queues.size(),
                        "each queue that is declared answers once");
        const QueuePlan& plan = options_.topology.queues[next_declared_++];
        queue(plan.source).name = std::string(declared->queue);
    } else if (std::holds_alternative<wire::BasicQosOk>(reply)) {
        if (stage_ != Stage::declaring) return;
        if (!has_configurations()) return subscribe();
        stage_ = Stage::unconfigured;
        consume(Source::configurations);
    } else if (std::holds_alternative<wire::BasicConsumeOk>(reply)) {
        if (stage_ == Stage::cancelling) return;
        --replies_outstanding_;
        if (stage_ == Stage::subscribing && replies_outstanding_ == 0) stage_ = Stage::consuming;
    } else if (std::holds_alternative<wire::BasicCancelOk>(reply)) {
        --replies_outstanding_;
        if (stage_ == Stage::cancelling && replies_outstanding_ == 0) stage_ = Stage::cancelled;
    } else if (std::holds_alternative<wire::ChannelCloseOk>(reply)) {
        close_session(now(), why_closing_);
    }
}

void Consumer::on_delivery(const amqp::Delivery& delivery) {
    const std::optional<Source> source = source_of(delivery.consumer_tag);
    const std::size_t most = std::size_t{3} * options_.prefetch_count;
    const bool is_asked_for = source && queue(*source).is_consumed;
    const bool is_in_order = delivery.delivery_tag == ledger_.expected_tag();
    if (!is_asked_for || !is_in_order || ledger_.outstanding() >= most) {
        leave_for(delivery, is_asked_for, is_in_order);
        return;
    }
    last_source_ = source;
    const DeliveryToken token = ledger_.delivered(delivery.delivery_tag);
    if (stage_ >= Stage::cancelling) {
        ledger_.given_back(token);
        return;
    }
    std::unique_ptr<Job> job = spare_jobs_.take();
    auto poison = interpret(delivery, *source, token, options_.payload_limits, *job);
    const bool is_buffer_taken = delivery.own_body != nullptr && delivery.own_body->capacity() == 0;
    if (is_buffer_taken) *delivery.own_body = spare_jobs_.take_large_buffer();
    if (poison) {
        const std::string from = "from queue " + queue(*source).name + ": ";
        news().poisons.push_back(
            {.reason = from + poison->reason, .subject = from + poison->subject});
        ledger_.rejected(token, false);
        spare_jobs_.give_back(std::move(job));
        return;
    }
    job->queue.assign(queue(*source).name);
    received_.push_back(std::move(job));
}

std::unique_ptr<Job> Consumer::take_received() {
    EVENTAIL_ASSERT(!received_.empty() && ledger_.is_outstanding(received_.front()->token),
                    "a job that is taken is of this channel and not settled");
    std::unique_ptr<Job> job = std::move(received_.front());
    received_.pop_front();
    return job;
}

void Consumer::warn(std::string text) {
    news().notices.push_back({.severity = Severity::warning, .text = std::move(text)});
}

// A broker, or something between us, has lost count.
void Consumer::leave_for(const amqp::Delivery& delivery, bool is_asked_for, bool is_in_order) {
    std::string why = "the broker delivered " + std::string(delivery.routing_key);
    if (!is_asked_for) {
        why += " to consumer '" + std::string(delivery.consumer_tag) + "', which does not exist";
    } else if (!is_in_order) {
        why += " with tag " + std::to_string(delivery.delivery_tag) + " after tag " +
               std::to_string(ledger_.expected_tag() - 1);
    } else {
        why += ", far more than prefetch_count (" + std::to_string(options_.prefetch_count) +
               ") allows";
    }
    session().close(wire::ReplyCode::unexpected_frame,
                    "a delivery without a consumer, or out of order", now());
    close_session(now(), why + ": connection closed");
}

void Consumer::flush_settlements(TimePoint now) {
    if (is_up() && ledger_.has_settlements() && !may_gather(now)) settle_all();
}

// An acknowledgement of many messages costs the broker as much as an acknowledgement of one.
bool Consumer::may_gather(TimePoint now) {
    const std::size_t enough =
        std::min<std::size_t>(options_.prefetch_count / gathering_share, max_gathered);
    const bool is_worth_it = stage_ == Stage::consuming && !ledger_.has_refused();
    if (!is_worth_it || ledger_.ready() >= enough) return false;
    if (!gathering_until_) gathering_until_ = now + max_gathering_time;
    return now < *gathering_until_;
}

std::optional<TimePoint> Consumer::next_deadline() const {
    if (news_) return TimePoint::min();
    return earlier(session_deadline(), is_up() ? gathering_until_ : std::nullopt);
}

void Consumer::settle_all() {
    if (!is_up()) return;
    gathering_until_.reset();
    settlements_.clear();
    ledger_.flush(settlements_);
    EVENTAIL_ASSERT(!ledger_.has_settlements(), "everything that is decided is written");
    for (const Settlement& settlement : settlements_) {
        switch (settlement.verb) {
            case Settlement::Verb::ack:
                session().send(channel, wire::BasicAck{.delivery_tag = settlement.delivery_tag,
                                                       .multiple = settlement.multiple});
                continue;
            case Settlement::Verb::nack:
                session().send(channel, wire::BasicNack{.delivery_tag = settlement.delivery_tag,
                                                        .multiple = settlement.multiple,
                                                        .requeue = settlement.requeue});
                break;
            case Settlement::Verb::reject:
                session().send(channel, wire::BasicReject{.delivery_tag = settlement.delivery_tag,
                                                          .requeue = settlement.requeue});
                break;
        }
        if (!settlement.requeue) warn_of_dead_letters();
    }
}

// Only the broker's policies decide whether a dead letter is kept, and clients cannot see them.
void Consumer::warn_of_dead_letters() {
    if (std::exchange(has_warned_of_dead_letters_, true)) return;
    warn(
        "dead-lettered for the first time: the broker destroys such messages unless a policy sets "
        "a dead-letter exchange on their queue and a queue is bound to it, which this service "
        "cannot check");
}

void Consumer::cancel(TimePoint now) {
    set_now(now);
    for (std::size_t i = 0; i < received_.size(); ++i) ledger_.given_back(received_[i]->token);
    forget_received();
    if (!is_up() || stage_ == Stage::closing) return;
    if (!session().is_channel_usable(channel)) {
        begin_close(now);
        return;
    }
    stage_ = Stage::cancelling;
    replies_outstanding_ = 0;
    for (const Source source : {Source::events, Source::commands, Source::configurations}) {
        if (!queue(source).is_consumed) continue;
        ++replies_outstanding_;
        session().request(channel, wire::BasicCancel{.consumer_tag = consumer_tag_of(source)}, now);
    }
    if (replies_outstanding_ == 0) stage_ = Stage::cancelled;
}

void Consumer::begin_close(TimePoint now, std::string why) {
    set_now(now);
    if (!is_up() || stage_ == Stage::closing) return;
    settle_all();
    stage_ = Stage::closing;
    why_closing_ = std::move(why);
    forget_received();
    if (session().is_channel_usable(channel)) {
        session().close_channel(channel, now);
    } else {
        close_session(now, why_closing_);
    }
}

void Consumer::on_consumer_cancelled(std::uint16_t, std::string_view consumer_tag) {
    if (stage_ == Stage::cancelling || stage_ == Stage::cancelled || stage_ == Stage::closing) {
        return;
    }
    const std::optional<Source> source = source_of(consumer_tag);
    const std::string queue_name = source ? queue(*source).name : std::string(consumer_tag);
    // Deliveries of a deleted queue cannot be settled any more: start over from a clean state.
    begin_close(now(), "the broker cancelled the consumer of queue " + queue_name +
                           " (deleted?); connecting again to declare it");
}

void Consumer::on_channel_closed(std::uint16_t, wire::ReplyCode code, std::string_view text) {
    const bool was_working =
        stage_ == Stage::consuming || (stage_ == Stage::unconfigured && replies_outstanding_ == 0);
    const bool was_ending =
        stage_ == Stage::cancelling || stage_ == Stage::cancelled || stage_ == Stage::closing;
    std::string why = "the broker closed the consuming channel: " + std::string(text);
    lose_channel();
    if (was_ending) {
        warn(std::move(why));
        stage_ = Stage::closing;
        close_session(now());
        return;
    }
    const bool is_again = restarted_at_ && now() < *restarted_at_ + steady;
    was_closed_again_ = was_working && is_again;
    if (was_working && !is_again) {
        // A handler kept a delivery for longer than the broker's consumer_timeout. The connection
        // itself is fine.
        warn(std::move(why));
        news().was_restarted = true;
        restarted_at_ = now();
        declare();
        return;
    }
    if (std::optional<Refusal> refusal = refusal_for_good(code, text); refusal && !was_working) {
        news().refusal = std::move(refusal);
    }
    stage_ = Stage::closing;
    close_session(now(), std::move(why));
}

void Consumer::forget_received() {
    received_.clear();
    is_forgetting_ = true;
}

void Consumer::lose_channel() {
    forget_received();
    gathering_until_.reset();
    ledger_.channel_lost();
}

void Consumer::note_fault() {
    fault_.reset();
    const std::optional<Source> coming = source_of(end()->consumer_tag);
    const std::optional<Source> last = coming ? coming : last_source_;
    if (is_fault(*end()) || was_closed_again_) {
        fault_ =
            ConnectionFault{.text = end()->text, .queue = last ? queue(*last).name : std::string()};
    }
    last_source_.reset();
    restarted_at_.reset();
    was_closed_again_ = false;
}

void Consumer::on_down() {
    lose_channel();
    note_fault();
    queues_ = {};
    stage_ = Stage::down;
}

}  // namespace eventail::bus
