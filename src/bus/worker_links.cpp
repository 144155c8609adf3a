// The worker's links: when each connects, what its end means, and when it connects again.
#include "base/assert.hpp"
#include "bus/worker.hpp"

#include <algorithm>
#include <utility>

namespace eventail::bus {

Connection& Worker::connection(LinkId link) {
    if (link == LinkId::consuming) return consumer_;
    return publisher_;
}

const Connection& Worker::connection(LinkId link) const {
    return const_cast<Worker*>(this)->connection(link);
}

std::optional<std::size_t> Worker::wants_connect(LinkId id, TimePoint now) {
    LinkStatus& link = link_of(id);
    if (link.state != LinkState::idle || fatal_) return std::nullopt;
    if (id == LinkId::consuming) {
        if (phase_ != Phase::running || now < consume_again_at_) return std::nullopt;
        is_consuming_link_lost_ = has_started_consuming_ = false;
        link.attempt(rota_.current());
    } else {
        if (!has_use_for_publisher() || now < publish_reconnect_at_) return std::nullopt;
        link.attempt(publishing_rota_.current());
    }
    if (!stop_requested_) outage_.attempt(id, now);
    return link.url;
}

bool Worker::has_use_for_publisher() const {
    return phase_ == Phase::running || (phase_ == Phase::draining && outbox_.unsettled() > 0);
}

void Worker::link_up(LinkId id, const amqp::SessionOptions& options, TimePoint now) {
    EVENTAIL_ASSERT(link_of(id).state == LinkState::connecting,
                    "a link opens after it was asked for");
    link_of(id).state = LinkState::up;
    if (id == LinkId::publishing) {
        publishing_up_at_ = now;
    } else {
        consuming_up_at_ = now;
        // Calls that began without a connection must not delay this one either.
        if (channel_life_ > 0) begin_channel_life();
    }
    connection(id).link_up(options, now);
}

bool Worker::wants_disconnect(LinkId id) const {
    const LinkStatus& link = link_of(id);
    if (link.state == LinkState::idle) return false;
    if (phase_ == Phase::ending) {
        // Closing has its own deadline; a link without a session has nothing to say.
        const bool has_session = link.state == LinkState::up;
        return !has_session || connection(id).is_finished() || is_past_hard_deadline_;
    }
    const bool is_useless = id == LinkId::consuming && phase_ == Phase::draining;
    if (is_useless && link.state == LinkState::connecting) return true;
    return link.state == LinkState::up && connection(id).is_finished();
}

void Worker::link_down(LinkId id, const LinkLoss& loss, TimePoint now) {
    LinkStatus& link = link_of(id);
    if (link.state == LinkState::idle) return;
    link.state = LinkState::idle;
    const std::optional<amqp::SessionEnd> end = connection(id).link_down(loss.what, now);
    take_consumer_news(now);
    take_publisher_news(now);
    after_link_end(id, end, loss, now);
    advance(now);
}

void Worker::after_link_end(LinkId id, const std::optional<amqp::SessionEnd>& end,
                            const LinkLoss& loss, TimePoint now) {
    const std::size_t url = link_of(id).url;
    const bool was_wanted = phase_ < Phase::winding_down && !stop_requested_;
    if (end && is_refusal(*end)) {
        rota_.refused(url);
    } else {
        rota_.forget_refusals();
    }
    const std::string text = end_text(options_.url_names[url], end, loss.what);
    if (rota_.have_all_refused()) fail(Errc::access_refused, text, now);
    if (was_wanted && !fatal_) {
        const std::string which = id == LinkId::consuming ? "consuming " : "publishing ";
        notice(now, outage_.failed(url, which + link_of(id).loss(), text, now));
    }
    std::optional<ConnectionFault> fault;
    if (id == LinkId::consuming) {
        rota_.advance();
        if (end) fault = consumer_.fault();
        if (fault) fault->url_name = options_.url_names[url];
        plan_consuming_again(fault, loss.is_refused, now);
    } else {
        publishing_rota_.advance();
        if (end && is_fault(*end)) {
            fault = ConnectionFault{.url_name = options_.url_names[url], .text = end->text};
        }
        plan_publishing_again(fault, loss.is_refused, now);
    }
}

void Worker::plan_consuming_again(const std::optional<ConnectionFault>& fault, bool is_refused,
                                  TimePoint now) {
    begin_channel_life();
    is_consuming_link_lost_ = true;
    const auto pause = consuming_pauses_.after({.was_consuming = has_started_consuming_,
                                                .fault = fault,
                                                .lasted = now - consuming_up_at_,
                                                .is_refused = is_refused});
    consume_again_at_ = now + pause.length;
    const bool has_to_wait = phase_ == Phase::running && !fatal_ && connects_again();
    if (has_to_wait && !pause.error.empty()) notice(now, Severity::error, pause.error);
}

// The consuming channel is lost, or its successor begins.
void Worker::begin_channel_life() {
    ++channel_life_;
    calls_in_this_life_ = 0;
    has_to_forget_ = true;
    is_alone_ = is_unconfigured_told_ = is_ready_told_ = is_ready_done_ = false;
}

void Worker::plan_publishing_again(const std::optional<ConnectionFault>& fault, bool is_refused,
                                   TimePoint now) {
    const bool has_worked = link_of(LinkId::publishing).was_usable;
    if (has_worked) {
        publishing_faults_.ended(fault, now - publishing_up_at_);
        if (!publishing_faults_.is_long()) publishing_backoff_.reset_to_first_pause();
    }
    const Duration pause =
        is_refused ? publishing_backoff_.next_after_refusal() : publishing_backoff_.next();
    publish_reconnect_at_ = now + pause;
    if (has_worked && publishing_faults_.is_long()) {
        notice(now, Severity::error, publishing_faults_.text("publishing", pause));
    }
}

void Worker::feed(LinkId id, wire::Bytes bytes, TimePoint now) {
    connection(id).feed(bytes, now);
    if (id == LinkId::consuming) {
        take_consumer_news(now);
    } else {
        take_publisher_news(now);
    }
}

amqp::OutputQueue* Worker::output(LinkId id, TimePoint now) {
    if (id == LinkId::consuming) {
        acknowledge_what_is_confirmed();
        consumer_.flush_settlements(now);
    } else {
        publisher_.pump(now);
    }
    return connection(id).output();
}

void Worker::written(LinkId id, std::size_t count, TimePoint now) {
    connection(id).written(count, now);
    advance(now);
}

bool Worker::connects_again() const {
    return when_lost_ == WhenLost::connects_again || runs_user_code();
}

}  // namespace eventail::bus
