// A whole service without its shell: two connections, topology, ledger and outbox, from connecting
// to draining. Pure: bytes, calls and time go in; bytes, jobs and notices come out. One thread at a
// time. (design: "Functional core, imperative shell"; protocol.md, "Life of a service")
#pragma once

#include "bus/backoff.hpp"
#include "bus/consumer.hpp"
#include "bus/fault_streak.hpp"
#include "bus/hold_up.hpp"
#include "bus/intake.hpp"
#include "bus/job.hpp"
#include "bus/ledger.hpp"
#include "bus/link_status.hpp"
#include "bus/link_user.hpp"
#include "bus/notice.hpp"
#include "bus/outage.hpp"
#include "bus/outbox.hpp"
#include "bus/publisher.hpp"
#include "bus/reconnect_pauses.hpp"
#include "bus/repetition.hpp"
#include "bus/ring.hpp"
#include "bus/rota.hpp"
#include <eventail/error.hpp>
#include <eventail/severity.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventail::bus {

struct WorkerOptions {
    ConsumerOptions consumer = {};
    PublisherOptions publisher = {};
    OutboxOptions outbox = {};
    std::vector<std::string> url_names = {};  ///< for messages to people; without passwords
    Duration drain_timeout = std::chrono::seconds{30};
    Duration max_reconnect_delay = std::chrono::seconds{30};
    std::uint32_t seed = 1;  ///< for jitter
};

/// How a run ended.
struct RunEnd {
    enum class Kind : std::uint8_t { stopped, reconnect, connection_lost, fatal };
    Kind kind = Kind::stopped;
    std::size_t abandoned = 0;             ///< published, unconfirmed, given up: only when stopped
    Errc error = Errc::connection_failed;  ///< for a fatal end
    std::string text = {};                 ///< one line, for a fatal end
};

/// What a run does when its consuming connection is lost, or not made, and no user code runs. While
/// user code runs, it reconnects in either case.
/// (docs/decisions/0017-reconnecting-does-not-wait-for-handlers.md)
enum class WhenLost : std::uint8_t { ends, connects_again };

class Worker final : public LinkUser {
public:
    explicit Worker(WorkerOptions options);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // ---- A run: from connecting until both links are closed

    void begin_run(TimePoint now, WhenLost when_lost = WhenLost::ends);
    /// Begins to drain; tick() does the rest. Called before or between runs, it makes the next run
    /// only drain.
    void stop(TimePoint now, bool reconnect);
    bool is_stopping() const { return stop_requested_; }
    /// Sends and confirms nothing more before the next run: the links are closed or closing.
    bool is_ending() const { return phase_ >= Phase::ending; }
    /// Both links are closed and no job is running.
    bool is_finished() const { return phase_ == Phase::finished; }
    RunEnd run_end() const;
    bool is_consuming() const { return consumer_.stage() == Consumer::Stage::consuming; }

    // ---- Links

    std::optional<std::size_t> wants_connect(LinkId link, TimePoint now) override;
    void link_up(LinkId link, const amqp::SessionOptions& options, TimePoint now) override;
    void link_down(LinkId link, const LinkLoss& loss, TimePoint now) override;
    bool wants_disconnect(LinkId link) const override;
    bool has_failed(LinkId link) const override { return connection(link).has_failed(); }
    void feed(LinkId link, wire::Bytes bytes, TimePoint now) override;
    amqp::Session::BodyRoom body_room(LinkId link) override { return connection(link).body_room(); }
    void body_received(LinkId link, std::size_t count, TimePoint now) override {
        connection(link).body_received(count, now);
    }
    /// First settles and sends everything due.
    amqp::OutputQueue* output(LinkId link, TimePoint now) override;
    void written(LinkId link, std::size_t count, TimePoint now) override;
    void tick(TimePoint now) override;
    std::optional<TimePoint> next_deadline() const override;

    // ---- Messages

    /// Takes the messages gathered by the intake, and clears the batch.
    void absorb(Intake::Batch& batch);
    /// For Intake::release().
    std::vector<SharedSegment>& released() { return outbox_.released(); }

    // ---- Jobs

    /// The next call of user code, or null; it lives until job_ended(). `accepted` is the intake's
    /// next_sequence(). Several may be handed out before the first has ended, but
    /// on_unconfigured(), on_ready() and handlers of configurations run alone.
    const Job* next_job(Sequence accepted, TimePoint now);
    bool has_job() const;
    /// A job handed out earlier begins, or began, when this was the intake's next_sequence().
    void job_began(const Job& job, Sequence accepted) {
        ledger_.started_later(job.token, accepted);
    }
    /// A job from next_job() has ended. `accepted_before` is the intake's next_sequence() at that
    /// time. With several at once, first absorb the held ones as such (ManualSettlement::is_hold).
    void job_ended(const Job& job, const Outcome& outcome, Sequence accepted_before, TimePoint now);
    /// Jobs handed out but not begun must not begin: end them with End::give_back.
    bool take_forgetting();

    /// Timers and posted functions are calls of user code, too: a drain waits for them.
    bool may_begin_function() const;
    /// @return the argument for function_ended()
    ChannelLife function_began();
    void function_ended(ChannelLife began_in, TimePoint now);

    /// In order; taken by the caller. While there are any, next_deadline() has passed.
    std::vector<Notice>& notices() { return notices_; }

    std::size_t unsettled() const { return outbox_.unsettled(); }
    HoldUp hold_up() const;
    std::uint64_t resent() const { return outbox_.resent(); }
    /// After the last run: remaining logs are not sent any more.
    void drop_logs() { publisher_.drop_logs(); }
    std::uint64_t dropped_logs() const { return publisher_.dropped_logs(); }
    const Publisher& publisher() const { return publisher_; }

    /// Outbox, ledger, and what the worker counts itself agree. For the simulation.
    bool is_consistent() const;

private:
    enum class Phase : std::uint8_t {
        idle,
        running,
        draining,      // stopped: until everything is confirmed and acknowledged
        winding_down,  // the consuming connection is lost: waits briefly for outstanding confirms
        ending,        // closing both links
        finished
    };

    LinkStatus& link_of(LinkId link) { return links_[static_cast<std::size_t>(link)]; }
    const LinkStatus& link_of(LinkId link) const { return links_[static_cast<std::size_t>(link)]; }
    Connection& connection(LinkId link);
    const Connection& connection(LinkId link) const;

    void notice(TimePoint now, Severity severity, std::string text,
                std::string conversation_id = {});
    void notice(TimePoint now, std::optional<Notice> maybe);
    void fail(Errc error, std::string text, TimePoint now);
    void fail_refused(const Refusal& refusal, LinkId link, TimePoint now);
    void after_link_end(LinkId link, const std::optional<amqp::SessionEnd>& end,
                        const LinkLoss& loss, TimePoint now);
    void plan_consuming_again(const std::optional<ConnectionFault>& fault, bool is_refused,
                              TimePoint now);
    void plan_publishing_again(const std::optional<ConnectionFault>& fault, bool is_refused,
                               TimePoint now);
    void begin_channel_life();
    bool connects_again() const;
    /// How a confirm leads to an acknowledgement: the publisher receives the confirm, the outbox
    /// settles the message, the ledger finds here which inputs waited for it, and output() of the
    /// consuming link writes their acknowledgements.
    void acknowledge_what_is_confirmed() { ledger_.review(outbox_); }
    void advance(TimePoint now);
    void begin_drain(TimePoint now);
    void begin_wind_down(TimePoint now);
    void begin_end(TimePoint now);
    void finish(TimePoint now);
    bool are_links_idle() const;
    bool has_use_for_publisher() const;
    bool is_drained() const;
    void take_consumer_news(TimePoint now);
    void take_publisher_news(TimePoint now);
    void hear(ConsumerNews news, TimePoint now);
    void hear(PublisherNews news, TimePoint now);
    void note_usable(TimePoint now);
    /// For events that may happen thousands of times a second.
    void notice_each(const std::string& subject, Notice each, TimePoint now);
    void say_what_was_withheld(TimePoint now, bool all);
    std::string what_a_drain_waits_for() const;
    void delivery_ended(const Job& job, const Message& message, const Outcome& outcome,
                        Sequence accepted_before, TimePoint now);
    void returned_ended(const ReturnedJob& returned, const Outcome& outcome);
    void forget(const Job& job);
    void call_ended(ChannelLife began_in);
    bool runs_user_code() const { return !running_jobs_.empty() || running_functions_ > 0; }
    bool may_run_delivery() const;
    bool is_next_alone() const;

    WorkerOptions options_;
    Outbox outbox_;
    Ledger ledger_;
    SpareJobs spare_jobs_;
    Consumer consumer_;
    Publisher publisher_;
    Rota rota_;
    ReconnectPauses consuming_pauses_;
    TimePoint consume_again_at_ = {};
    TimePoint consuming_up_at_ = {};
    Rota publishing_rota_;
    Backoff publishing_backoff_;
    TimePoint publish_reconnect_at_ = {};
    FaultStreak publishing_faults_;
    TimePoint publishing_up_at_ = {};
    std::array<LinkStatus, 2> links_ = {};

    Phase phase_ = Phase::idle;
    bool stop_requested_ = false;
    bool reconnect_requested_ = false;
    WhenLost when_lost_ = WhenLost::ends;
    bool has_started_consuming_ = false;   // on the present or last connection
    bool is_consuming_link_lost_ = false;  // and no new attempt has been made
    bool is_past_hard_deadline_ = false;
    bool has_drained_ = false;
    TimePoint stopped_at_ = {};
    TimePoint drain_retry_at_ = {};
    TimePoint soft_deadline_ = {};  // for draining and winding down
    TimePoint hard_deadline_ = {};  // for closing
    std::optional<RunEnd> fatal_;
    std::size_t abandoned_ = 0;
    Outage outage_;
    Repetition repetition_;
    TimePoint drain_word_at_ = {};

    // The life of the consuming channel, as user code sees it. Calls begun in another life are
    // stale: they change nothing any more, and only the end of the run waits for them.
    ChannelLife channel_life_ = 0;
    std::size_t calls_in_this_life_ = 0;
    bool has_to_forget_ = false;
    bool is_unconfigured_told_ = false;
    bool is_ready_told_ = false;
    bool is_ready_done_ = false;
    std::vector<std::unique_ptr<Job>> running_jobs_;
    std::size_t running_functions_ = 0;
    bool is_alone_ = false;                   // the only running call of this life
    Ring<PublisherNews::Returned> returned_;  // not yet handled

    std::vector<Notice> notices_;
};

}  // namespace eventail::bus
