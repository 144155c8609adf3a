// An endpoint without its shell: one publishing connection, made when there is something to send.
// Tries each publication several times, until the broker has confirmed it or there is a verdict.
// Pure, like the worker. One thread at a time.
#pragma once

#include "bus/connect_rounds.hpp"
#include "bus/intake.hpp"
#include "bus/link_status.hpp"
#include "bus/link_user.hpp"
#include "bus/notice.hpp"
#include "bus/outage.hpp"
#include "bus/outbox.hpp"
#include "bus/publisher.hpp"
#include "bus/rota.hpp"
#include "bus/try_count.hpp"
#include <eventail/error.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::bus {

struct SenderOptions {
    PublisherOptions publisher = {};
    std::vector<std::string> url_names = {};  ///< for messages to people; without passwords
    unsigned connection_max_retries = 0;
    Duration confirm_timeout = std::chrono::seconds{30};
};

/// A message in the intake, with Retry::by_owner, whose publisher waits.
struct Submission {
    Sequence sequence = 0;
    std::optional<unsigned> max_retries = std::nullopt;
};

/// The result for a submission.
struct Verdict {
    Sequence sequence = 0;
    std::optional<Errc> error = std::nullopt;  ///< nothing: confirmed
    unsigned failures = 0;                     ///< failed tries
    Duration age = {};                         ///< since the first try began
    std::string reason = {};                   ///< of the last failure; one line
};

/// The error in words: how often the message was tried, since when, why it failed.
std::string explain(const Verdict& verdict);

/// A try fails with a nack, with the connection, without a confirm in time, or when no connection
/// can be made. After a pause (TryCount) the same bytes go out again. A confirm counts whenever it
/// comes. The timeout of the confirm runs while there is a connection to send on. While an alarm
/// blocks that connection, it runs only for publications with limited tries: they must get an
/// answer.
/// an alarm blocks it, it runs for those only whose tries are limited: they must get an answer.
class Sender final : public LinkUser {
public:
    explicit Sender(SenderOptions options);
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    /// Takes the messages gathered by the intake, and clears the batch.
    void absorb(Intake::Batch& batch, const std::vector<Submission>& submissions, TimePoint now);
    /// For Intake::release().
    std::vector<SharedSegment>& released() { return outbox_.released(); }

    /// Taken by the caller. Each submission gets one.
    std::vector<Verdict>& verdicts() { return verdicts_; }
    /// For the local log; taken by the caller.
    std::vector<Notice>& notices() { return notices_; }
    /// After the end: remaining logs are not sent any more.
    void drop_logs() { publisher_.drop_logs(); }
    std::uint64_t dropped_logs() const { return publisher_.dropped_logs(); }

    /// Sends the waiting logs, then closes the connection, after two seconds at the latest.
    void begin_close(TimePoint now);
    bool is_closed() const { return is_parting_ && link_.state == LinkState::idle; }

    std::optional<std::size_t> wants_connect(LinkId link, TimePoint now) override;
    void link_up(LinkId link, const amqp::SessionOptions& options, TimePoint now) override;
    void link_down(LinkId link, const LinkLoss& loss, TimePoint now) override;
    bool wants_disconnect(LinkId link) const override;
    bool has_failed(LinkId) const override { return publisher_.has_failed(); }
    amqp::Session::BodyRoom body_room(LinkId) override { return publisher_.body_room(); }
    void body_received(LinkId, std::size_t count, TimePoint now) override {
        publisher_.body_received(count, now);
    }
    void feed(LinkId link, wire::Bytes bytes, TimePoint now) override;
    amqp::OutputQueue* output(LinkId link, TimePoint now) override;
    void written(LinkId link, std::size_t count, TimePoint now) override;
    void tick(TimePoint now) override;
    std::optional<TimePoint> next_deadline() const override;

private:
    struct Letter {
        TryCount tries{std::nullopt};
        TimePoint first_try = {};
        bool is_trying = true;  // otherwise pausing after a failure
        // During a try: when the confirm is late. During a pause: its end.
        TimePoint due = TimePoint::max();
        bool has_lost_a_channel = false;
    };
    using Letters = std::map<Sequence, Letter>;

    const std::string& url_name() const { return options_.url_names[link_.url]; }
    void connection_made(TimePoint now);
    void attempt_failed(const std::string& reason, TimePoint now);
    void take_news(TimePoint now);
    void take_report(const Outbox::Report& report, const PublisherNews& news, TimePoint now);
    void begin_try(Letters::value_type& letter, TimePoint now);
    void fail_try(Letters::iterator at, const std::string& reason, TimePoint now);
    void fail_all(Errc error, const std::string& reason, TimePoint now);
    void finish(Letters::iterator at, std::optional<Errc> error, std::string reason, TimePoint now);
    void finish_refused(Letters::iterator at, const PublisherNews& news, TimePoint now);
    void notice(std::optional<Notice> maybe);
    void set_due(Letter& letter, TimePoint due);
    void check_letters(TimePoint now);
    void advance_close(TimePoint now);

    SenderOptions options_;
    Outbox outbox_{OutboxOptions{}};
    Publisher publisher_;
    Rota rota_;
    ConnectRounds rounds_;
    LinkStatus link_;

    Letters letters_;
    std::size_t trying_ = 0;
    TimePoint earliest_due_ = TimePoint::max();  // never later than any letter's
    std::vector<Verdict> verdicts_;
    std::vector<Notice> notices_;
    Outage outage_;

    // Connecting for logs alone:
    TryCount log_tries_{std::nullopt};
    TimePoint logs_not_before_ = TimePoint::min();

    bool is_closing_ = false;
    bool is_parting_ = false;  // sends nothing any more
    bool is_past_deadline_ = false;
    TimePoint flush_deadline_ = {};
    TimePoint close_deadline_ = {};
};

}  // namespace eventail::bus
