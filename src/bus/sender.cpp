#include "bus/sender.hpp"

#include "base/assert.hpp"
#include "base/earlier.hpp"
#include "bus/wording.hpp"

#include <algorithm>
#include <utility>

namespace eventail::bus {
namespace {

constexpr Duration flush_timeout = std::chrono::seconds{1};
constexpr Duration close_timeout = std::chrono::seconds{2};

}  // namespace

std::string explain(const Verdict& verdict) {
    if (verdict.error != Errc::not_sent) return verdict.reason;
    return "not confirmed after " + std::to_string(verdict.failures) +
           (verdict.failures == 1 ? " try (" : " tries (first ") + duration_text(verdict.age) +
           " ago): " + verdict.reason;
}

Sender::Sender(SenderOptions options)
    : options_(std::move(options)),
      publisher_(options_.publisher, outbox_),
      rota_(options_.url_names.size()),
      rounds_(options_.url_names.size(), options_.connection_max_retries) {}

void Sender::absorb(Intake::Batch& batch, const std::vector<Submission>& submissions,
                    TimePoint now) {
    outbox_.absorb(batch.messages);
    for (const Submission& submission : submissions) {
        Letter letter{.tries = TryCount(submission.max_retries), .first_try = now};
        if (link_.is_usable()) set_due(letter, now + options_.confirm_timeout);
        letters_.emplace(submission.sequence, letter);
        ++trying_;
    }
    if (!batch.logs.empty()) publisher_.add_logs(batch.logs.view());
    batch.clear();
}

// ---- The connection

std::optional<std::size_t> Sender::wants_connect(LinkId, TimePoint now) {
    if (link_.state != LinkState::idle || is_parting_ || now < rounds_.not_before())
        return std::nullopt;
    const bool is_wanted = trying_ > 0 || (publisher_.has_logs() && now >= logs_not_before_);
    if (!is_wanted) return std::nullopt;
    if (!rounds_.is_under_way()) {
        rounds_.begin();
        // Earlier refusals may have been lifted.
        rota_.forget_refusals();
    }
    outage_.attempt(LinkId::publishing, now);
    return link_.attempt(rota_.current());
}

void Sender::link_up(LinkId, const amqp::SessionOptions& options, TimePoint now) {
    link_.state = LinkState::up;
    publisher_.link_up(options, now);
}

bool Sender::wants_disconnect(LinkId) const {
    switch (link_.state) {
        case LinkState::idle: return false;
        case LinkState::connecting: return is_parting_;
        case LinkState::up: break;
    }
    return publisher_.is_finished() || is_past_deadline_;
}

void Sender::link_down(LinkId, const LinkLoss& loss, TimePoint now) {
    if (link_.state == LinkState::idle) return;
    link_.state = LinkState::idle;
    const std::optional<amqp::SessionEnd> end = publisher_.link_down(loss.what, now);
    take_news(now);
    const std::string reason = end_text(url_name(), end, loss.what);
    if (!is_parting_) notice(outage_.failed(link_.url, link_.loss(), reason, now));
    if (end && is_refusal(*end)) rota_.refused(link_.url);
    rota_.advance();
    if (link_.was_usable) {
        // A try with a message under way has failed; the others go on.
        for (auto& [sequence, letter] : letters_) {
            if (letter.is_trying) letter.due = TimePoint::max();
        }
    } else {
        attempt_failed(reason, now);
    }
    advance_close(now);
}

void Sender::attempt_failed(const std::string& reason, TimePoint now) {
    if (rota_.have_all_refused()) {
        rounds_.end();
        fail_all(Errc::access_refused, reason, now);
    } else if (!rounds_.is_under_way() || !rounds_.attempt_failed(now)) {
        return;
    }
    logs_not_before_ = now + *log_tries_.failed();
    for (auto at = letters_.begin(); at != letters_.end();) {
        const auto each = at++;
        if (each->second.is_trying) fail_try(each, reason, now);
    }
}

void Sender::connection_made(TimePoint now) {
    link_.was_usable = true;
    notice(outage_.connected(url_name(), now));
    rounds_.end();
    log_tries_ = TryCount(std::nullopt);
    for (auto& [sequence, letter] : letters_) {
        if (letter.is_trying) set_due(letter, now + options_.confirm_timeout);
    }
}

void Sender::feed(LinkId, wire::Bytes bytes, TimePoint now) {
    publisher_.feed(bytes, now);
    take_news(now);
}

amqp::OutputQueue* Sender::output(LinkId, TimePoint now) {
    publisher_.pump(now);
    take_news(now);
    return publisher_.output();
}

void Sender::written(LinkId, std::size_t count, TimePoint now) {
    publisher_.written(count, now);
    advance_close(now);
}

void Sender::notice(std::optional<Notice> maybe) {
    if (maybe) notices_.push_back(*std::move(maybe));
}

void Sender::tick(TimePoint now) {
    notice(outage_.tick(now));
    publisher_.tick(now);
    take_news(now);
    if (now >= earliest_due_) check_letters(now);
    is_past_deadline_ = is_closing_ && now >= close_deadline_;
    advance_close(now);
}

std::optional<TimePoint> Sender::next_deadline() const {
    const bool has_news = !verdicts_.empty() || !notices_.empty() || is_closed();
    if (has_news) return TimePoint::min();
    std::optional<TimePoint> earliest =
        earlier(publisher_.next_deadline(), outage_.next_deadline());
    const auto consider = [&](TimePoint candidate) { earliest = earlier(earliest, candidate); };
    if (earliest_due_ != TimePoint::max()) consider(earliest_due_);
    if (link_.state == LinkState::idle && !is_parting_) {
        if (trying_ > 0) consider(rounds_.not_before());
        if (publisher_.has_logs()) consider(std::max(logs_not_before_, rounds_.not_before()));
    }
    if (is_closing_) consider(is_parting_ ? close_deadline_ : flush_deadline_);
    return earliest;
}

// ---- Closing

void Sender::begin_close(TimePoint now) {
    is_closing_ = true;
    flush_deadline_ = now + flush_timeout;
    close_deadline_ = now + close_timeout;
    logs_not_before_ = TimePoint::min();
    advance_close(now);
}

void Sender::advance_close(TimePoint now) {
    if (!is_closing_ || is_parting_) return;
    const bool has_logs = publisher_.has_logs() || !publisher_.is_idle();
    if (has_logs && !publisher_.is_blocked() && now < flush_deadline_) return;
    is_parting_ = true;
    if (publisher_.is_up()) publisher_.begin_close(now);
}

// ---- Tries

void Sender::take_news(TimePoint now) {
    if (publisher_.is_ready() && !link_.is_usable()) connection_made(now);
    PublisherNews news = publisher_.take_news().value_or(PublisherNews{});
    for (Notice& each : news.notices) notices_.push_back(std::move(each));
    if (news.refusal) {
        fail_all(news.refusal->error(), news.refusal->explain(url_name()), now);
    }
    for (const Outbox::Report& report : std::exchange(outbox_.reports(), {})) {
        take_report(report, news, now);
    }
}

void Sender::take_report(const Outbox::Report& report, const PublisherNews& news, TimePoint now) {
    const auto at = letters_.find(report.sequence);
    if (at == letters_.end()) return;
    switch (report.fate) {
        case Outbox::Fate::confirmed: return finish(at, std::nullopt, {}, now);
        case Outbox::Fate::unroutable:
            return finish(at, Errc::unroutable, "mandatory, but no queue receives it", now);
        case Outbox::Fate::refused: return finish_refused(at, news, now);
        case Outbox::Fate::nacked:
            if (!at->second.is_trying) return;
            return fail_try(at, url_name() + ": refused by a queue (nack); is it full?", now);
        case Outbox::Fate::lost: break;
    }
    if (!at->second.is_trying) return;
    if (publisher_.end()) return fail_try(at, end_text(url_name(), publisher_.end(), {}), now);
    // A message made the broker close the channel, and the outbox is about to find out which.
    if (!std::exchange(at->second.has_lost_a_channel, true)) return outbox_.resend(at->first);
    fail_try(at, url_name() + ": the broker closed the channel", now);
}

void Sender::begin_try(Letters::value_type& letter, TimePoint now) {
    EVENTAIL_ASSERT(!letter.second.is_trying, "a message has one try at a time");
    letter.second.is_trying = true;
    ++trying_;
    set_due(letter.second, link_.is_usable() ? now + options_.confirm_timeout : TimePoint::max());
    outbox_.resend(letter.first);
}

void Sender::fail_try(Letters::iterator at, const std::string& reason, TimePoint now) {
    Letter& letter = at->second;
    const std::optional<Duration> pause = letter.tries.failed();
    if (!pause) return finish(at, Errc::not_sent, reason, now);
    EVENTAIL_ASSERT(letter.is_trying && trying_ > 0, "only a try that was begun can fail");
    letter.is_trying = false;
    --trying_;
    set_due(letter, now + *pause);
}

void Sender::fail_all(Errc error, const std::string& reason, TimePoint now) {
    while (!letters_.empty()) finish(letters_.begin(), error, reason, now);
}

void Sender::finish(Letters::iterator at, std::optional<Errc> error, std::string reason,
                    TimePoint now) {
    const auto& [sequence, letter] = *at;
    verdicts_.push_back({.sequence = sequence,
                         .error = error,
                         .failures = letter.tries.failures(),
                         .age = now - letter.first_try,
                         .reason = std::move(reason)});
    if (error) outbox_.abandon(sequence);
    if (letter.is_trying) --trying_;
    letters_.erase(at);
    EVENTAIL_ASSERT(trying_ <= letters_.size(), "only messages without a verdict are tried");
}

void Sender::finish_refused(Letters::iterator at, const PublisherNews& news, TimePoint now) {
    Errc error = Errc::precondition_failed;
    std::string reason = "refused by the broker";
    for (const PublisherNews::Returned& come_back : news.returned) {
        if (come_back.sequence != at->first) continue;
        const auto code = static_cast<wire::ReplyCode>(come_back.message.reply_code);
        if (code == wire::ReplyCode::access_refused) error = Errc::access_refused;
        reason = come_back.message.reply_text;
        if (reason.find("refused for user") != reason.npos) {
            reason += "; give the user the permission to write to it";
        }
    }
    finish(at, error, url_name() + ": " + reason, now);
}

void Sender::set_due(Letter& letter, TimePoint due) {
    letter.due = due;
    earliest_due_ = std::min(earliest_due_, due);
}

void Sender::check_letters(TimePoint now) {
    for (auto at = letters_.begin(); at != letters_.end();) {
        const auto each = at++;
        Letter& letter = each->second;
        if (letter.due > now) continue;
        if (!letter.is_trying) {
            begin_try(*each, now);
        } else if (publisher_.is_blocked() && !letter.tries.is_limited()) {
            letter.due = now + options_.confirm_timeout;
        } else {
            fail_try(each,
                     url_name() + ": no confirm within " + duration_text(options_.confirm_timeout) +
                         (publisher_.is_blocked() ? "; the broker has an alarm" : ""),
                     now);
        }
    }
    earliest_due_ = TimePoint::max();
    for (const auto& [sequence, letter] : letters_) {
        earliest_due_ = std::min(earliest_due_, letter.due);
    }
}

}  // namespace eventail::bus
