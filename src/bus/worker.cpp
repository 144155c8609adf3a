// The run as a whole: its phases and deadlines. worker_links.cpp has the links, worker_jobs.cpp the
// jobs, worker_news.cpp the news from the connections.
#include "bus/worker.hpp"

#include "base/assert.hpp"
#include "base/earlier.hpp"
#include "bus/wording.hpp"

#include <algorithm>
#include <utility>

namespace eventail::bus {
namespace {

// How long to wait for confirms after the consuming connection is lost.
constexpr Duration wind_down_timeout = std::chrono::seconds{1};
// Pause between two tries of a nacked message while we drain: each may put another copy into the
// queues that have room.
constexpr Duration drain_retry_pause = std::chrono::seconds{1};
// How often a drain reports what it waits for.
constexpr Duration drain_word_pause = std::chrono::seconds{5};
// Part of the drain deadline, reserved for the closing handshakes.
constexpr Duration closing_share = std::chrono::seconds{1};

}  // namespace

Worker::Worker(WorkerOptions options)
    : options_(std::move(options)),
      outbox_(options_.outbox),
      consumer_(options_.consumer, ledger_, spare_jobs_),
      publisher_(options_.publisher, outbox_),
      rota_(options_.url_names.size()),
      consuming_pauses_(options_.max_reconnect_delay, options_.seed),
      publishing_rota_(options_.url_names.size()),
      publishing_backoff_(options_.max_reconnect_delay, options_.seed) {}

void Worker::notice(TimePoint now, Severity severity, std::string text,
                    std::string conversation_id) {
    notice(now, Notice{severity, std::move(text), std::move(conversation_id)});
}

void Worker::notice(TimePoint now, std::optional<Notice> maybe) {
    if (!maybe) return;
    maybe->at = now;
    notices_.push_back(*std::move(maybe));
}

void Worker::notice_each(const std::string& subject, Notice each, TimePoint now) {
    notice(now, repetition_.filter(subject, std::move(each), now));
}

void Worker::say_what_was_withheld(TimePoint now, bool all) {
    for (Notice& each : repetition_.take_due(now, all)) notice(now, std::move(each));
}

// ---- The run

void Worker::begin_run(TimePoint now, WhenLost when_lost) {
    if (phase_ == Phase::finished && reconnect_requested_) {
        stop_requested_ = reconnect_requested_ = false;
        consuming_pauses_.reset();
    }
    phase_ = Phase::running;
    when_lost_ = when_lost;
    has_started_consuming_ = is_consuming_link_lost_ = false;
    consume_again_at_ = now;
    is_unconfigured_told_ = is_ready_told_ = is_ready_done_ = false;
    is_past_hard_deadline_ = false;
    has_drained_ = false;
    abandoned_ = 0;
    fatal_.reset();
    publish_reconnect_at_ = now;
    publishing_backoff_.reset();
    publishing_rota_ = rota_;
    stopped_at_ = now;
    if (stop_requested_) begin_drain(now);
}

void Worker::stop(TimePoint now, bool reconnect) {
    // A final stop overrides a reconnection.
    reconnect_requested_ = reconnect && (!stop_requested_ || reconnect_requested_);
    if (std::exchange(stop_requested_, true)) return;
    stopped_at_ = now;
    if (phase_ == Phase::running || phase_ == Phase::winding_down) begin_drain(now);
}

void Worker::begin_drain(TimePoint now) {
    EVENTAIL_ASSERT(stop_requested_ && phase_ != Phase::draining, "a run drains once, for a stop");
    phase_ = Phase::draining;
    has_drained_ = true;
    outage_.closed();
    is_past_hard_deadline_ = false;
    hard_deadline_ = stopped_at_ + options_.drain_timeout;
    soft_deadline_ = hard_deadline_ - std::min<Duration>(closing_share, options_.drain_timeout / 4);
    consumer_.cancel(now);
    outbox_.retry_due(now, true);
    drain_retry_at_ = now;
    drain_word_at_ = now + drain_word_pause;
    advance(now);
}

// The consuming connection is lost, and no user code runs or begins any more. Messages under way on
// the other connection may still be confirmed.
void Worker::begin_wind_down(TimePoint now) {
    EVENTAIL_ASSERT(phase_ == Phase::running && !runs_user_code(),
                    "a run winds down when no user code runs");
    phase_ = Phase::winding_down;
    soft_deadline_ = now + wind_down_timeout;
    hard_deadline_ = soft_deadline_ + closing_share;
}

void Worker::begin_end(TimePoint now) {
    EVENTAIL_ASSERT(phase_ != Phase::idle && phase_ < Phase::ending, "a run ends once");
    if (phase_ == Phase::running) hard_deadline_ = now + 2 * closing_share;
    phase_ = Phase::ending;
    consumer_.begin_close(now);
    if (publisher_.is_up()) publisher_.begin_close(now);
}

void Worker::finish(TimePoint now) {
    EVENTAIL_ASSERT(phase_ == Phase::ending && are_links_idle() && !runs_user_code(),
                    "a run is over when links and user code are");
    const bool ends_for_good = stop_requested_ && !reconnect_requested_ && !fatal_;
    // Stopped while closing the links of a run that lost its connection.
    if (ends_for_good && !has_drained_ && outbox_.unsettled() > 0) {
        begin_drain(now);
        return;
    }
    phase_ = Phase::finished;
    say_what_was_withheld(now, true);
    if (!ends_for_good || outbox_.unsettled() == 0) return;
    abandoned_ = outbox_.unsettled();
    notice(now, Severity::emergency,
           plural(abandoned_, "message") +
               " published but not confirmed by the broker before the drain deadline");
}

RunEnd Worker::run_end() const {
    if (fatal_) return *fatal_;
    RunEnd end{.abandoned = abandoned_};
    if (stop_requested_) {
        end.kind = reconnect_requested_ ? RunEnd::Kind::reconnect : RunEnd::Kind::stopped;
    } else {
        end.kind = RunEnd::Kind::connection_lost;
    }
    return end;
}

void Worker::fail(Errc error, std::string text, TimePoint now) {
    if (fatal_) return;
    notice(now, Severity::emergency, text);
    fatal_ = RunEnd{.kind = RunEnd::Kind::fatal, .error = error, .text = std::move(text)};
}

void Worker::advance(TimePoint now) {
    acknowledge_what_is_confirmed();
    if (fatal_ && phase_ < Phase::ending) begin_end(now);
    const bool is_lost = phase_ == Phase::running && is_consuming_link_lost_;
    if (is_lost && !connects_again()) begin_wind_down(now);
    if (phase_ == Phase::draining && (is_drained() || now >= soft_deadline_)) {
        if (runs_user_code()) {
            notice(now, Severity::warning,
                   "user code still runs at the end of drain_timeout: the connections are closed, "
                   "and run() returns when it ends");
        }
        begin_end(now);
    }
    if (phase_ == Phase::winding_down) {
        const bool may_be_confirmed = publisher_.is_ready() && outbox_.in_flight() > 0;
        if (!may_be_confirmed || now >= soft_deadline_) begin_end(now);
    }
    if (phase_ == Phase::ending && are_links_idle() && !runs_user_code()) finish(now);
}

bool Worker::are_links_idle() const {
    return std::all_of(links_.begin(), links_.end(),
                       [](const LinkStatus& link) { return link.state == LinkState::idle; });
}

bool Worker::is_drained() const {
    if (runs_user_code() || has_job()) return false;
    if (ledger_.waiting() > 0 || outbox_.unsettled() > 0) return false;
    if (consumer_.stage() == Consumer::Stage::cancelling) return false;
    return !publisher_.is_ready() || publisher_.is_blocked() || publisher_.is_idle();
}

HoldUp Worker::hold_up() const {
    if (!publisher_.is_ready()) return HoldUp::no_connection;
    if (publisher_.is_blocked()) return HoldUp::alarm;
    return publisher_.rejections().has_any() ? HoldUp::refusing_queue : HoldUp::nothing;
}

std::string Worker::what_a_drain_waits_for() const {
    std::string text;
    const auto add = [&text](const std::string& what) {
        if (!text.empty()) text += ", ";
        text += what;
    };
    const std::size_t calls = running_jobs_.size() + running_functions_;
    if (calls > 0) add(plural(calls, "call") + " of user code to end");
    if (outbox_.unsettled() > 0) {
        std::string what = plural(outbox_.unsettled(), "message") + " to be confirmed";
        if (!publisher_.is_ready()) {
            what += " (there is no publishing connection)";
        } else if (publisher_.is_blocked()) {
            what += " (the broker has an alarm: " + publisher_.blocked_reason() + ")";
        } else if (publisher_.rejections().has_any()) {
            what += " (a queue refuses messages published to " + publisher_.rejections().a_route() +
                    ")";
        }
        add(what);
    }
    if (consumer_.stage() == Consumer::Stage::cancelling) add("the broker to cancel consumers");
    if (text.empty()) add("acknowledgements and log records to be sent");
    return text;
}

void Worker::tick(TimePoint now) {
    consumer_.tick_session(now);
    publisher_.tick(now);
    take_consumer_news(now);
    take_publisher_news(now);
    if (phase_ == Phase::draining && outbox_.next_retry() && now >= drain_retry_at_) {
        outbox_.retry_due(now, true);
        drain_retry_at_ = now + drain_retry_pause;
    }
    is_past_hard_deadline_ = phase_ == Phase::ending && now >= hard_deadline_;
    notice(now, outage_.tick(now));
    say_what_was_withheld(now, false);
    if (phase_ == Phase::draining && now >= drain_word_at_) {
        drain_word_at_ = now + drain_word_pause;
        notice(now, Severity::warning,
               "stopping since " + duration_text(now - stopped_at_) + ", waits for " +
                   what_a_drain_waits_for());
    }
    advance(now);
}

std::optional<TimePoint> Worker::next_deadline() const {
    // The shell handles these between two steps: they must not wait for another event.
    const bool is_shells_turn = !notices_.empty() || outbox_.has_released();
    if (is_shells_turn ||
        std::ranges::any_of(both_links, [this](LinkId link) { return wants_disconnect(link); })) {
        return TimePoint::min();
    }
    std::optional<TimePoint> earliest = consumer_.next_deadline();
    const auto consider = [&](std::optional<TimePoint> candidate) {
        earliest = earlier(earliest, candidate);
    };
    consider(publisher_.next_deadline());
    consider(outage_.next_deadline());
    if (has_use_for_publisher() && link_of(LinkId::publishing).state == LinkState::idle) {
        consider(publish_reconnect_at_);
    }
    if (phase_ == Phase::running && !fatal_ &&
        link_of(LinkId::consuming).state == LinkState::idle) {
        consider(consume_again_at_);
    }
    if (phase_ == Phase::draining || phase_ == Phase::winding_down) consider(soft_deadline_);
    if (phase_ == Phase::draining && outbox_.next_retry()) consider(drain_retry_at_);
    if (phase_ == Phase::draining) consider(drain_word_at_);
    consider(repetition_.next_deadline());
    if (phase_ == Phase::ending && !is_past_hard_deadline_ && !are_links_idle()) {
        consider(hard_deadline_);
    }
    return earliest;
}

void Worker::absorb(Intake::Batch& batch) {
    outbox_.absorb(batch.messages);
    for (const ManualSettlement& settlement : batch.settlements) {
        if (settlement.is_hold) {
            ledger_.held(settlement.token);
        } else {
            ledger_.settle_manually(settlement);
        }
    }
    if (!batch.logs.empty()) publisher_.add_logs(batch.logs.view());
    batch.clear();
}

bool Worker::is_consistent() const {
    const std::size_t calls = running_jobs_.size() + running_functions_;
    const bool are_links_right = std::ranges::all_of(both_links, [this](LinkId id) {
        return link_of(id).state == LinkState::up || !connection(id).is_up();
    });
    const bool is_over = phase_ == Phase::idle || phase_ == Phase::finished;
    return calls_in_this_life_ <= calls && (!is_alone_ || calls_in_this_life_ == 1) &&
           are_links_right && (!is_over || (are_links_idle() && running_jobs_.empty())) &&
           outbox_.is_consistent() && ledger_.is_consistent();
}

}  // namespace eventail::bus
