// Jobs: chooses the next call of user code, and applies its end to the message behind it.
#include "base/assert.hpp"
#include "bus/interpret.hpp"
#include "bus/worker.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace eventail::bus {
namespace {

struct KindOf {
    const char* operator()(const Event&) const { return "event "; }
    const char* operator()(const Command&) const { return "command "; }
    const char* operator()(const Result&) const { return "result "; }
    const char* operator()(const Configuration&) const { return "configuration "; }
    template <typename Other>
    const char* operator()(const Other&) const {
        return "";
    }
};

const char* what_becomes_of_it(Ledger::Standing standing, bool was_redelivered) {
    if (standing == Ledger::Standing::decided) return "; it stays as it was settled by hand";
    if (standing == Ledger::Standing::lost) return "; its connection was lost: the broker decides";
    return was_redelivered ? "; it was redelivered before: dead-lettered"
                           : "; given back to the queue";
}

}  // namespace

bool Worker::may_run_delivery() const {
    const Job* const next = consumer_.next_received();
    if (phase_ != Phase::running || fatal_ || next == nullptr) return false;
    return std::holds_alternative<Configuration>(next->work) || is_ready_done_;
}

// These change the state of the service; handlers should not have to expect that midway.
bool Worker::is_next_alone() const {
    if (phase_ != Phase::running || !returned_.empty()) return false;
    const Consumer::Stage stage = consumer_.stage();
    if (stage == Consumer::Stage::unconfigured && !is_unconfigured_told_) return true;
    if (stage == Consumer::Stage::consuming && !is_ready_told_) return true;
    const Job* const next = consumer_.next_received();
    return next != nullptr && std::holds_alternative<Configuration>(next->work);
}

bool Worker::has_job() const {
    if (fatal_ || phase_ >= Phase::winding_down || is_alone_) return false;
    if (!returned_.empty()) return true;
    if (is_next_alone()) return calls_in_this_life_ == 0;
    return may_run_delivery();
}

bool Worker::may_begin_function() const {
    // The run ends when nothing runs; functions without a pause would prevent that.
    if (phase_ >= Phase::winding_down) return false;
    // New functions would keep a job that must run alone waiting for ever.
    return !is_alone_ && !(calls_in_this_life_ > 0 && is_next_alone());
}

ChannelLife Worker::function_began() {
    ++running_functions_;
    ++calls_in_this_life_;
    return channel_life_;
}

void Worker::function_ended(ChannelLife began_in, TimePoint now) {
    EVENTAIL_ASSERT(running_functions_ > 0, "a function ends once");
    --running_functions_;
    call_ended(began_in);
    advance(now);
}

void Worker::call_ended(ChannelLife began_in) {
    if (began_in != channel_life_) return;
    EVENTAIL_ASSERT(calls_in_this_life_ > 0, "a call that ends was counted");
    --calls_in_this_life_;
    is_alone_ = false;
}

bool Worker::take_forgetting() {
    const bool is_consumers = consumer_.take_forgetting();
    return std::exchange(has_to_forget_, false) || is_consumers;
}

const Job* Worker::next_job(Sequence accepted, TimePoint now) {
    if (!has_job()) return nullptr;
    is_alone_ = is_next_alone();
    std::unique_ptr<Job> job;
    if (!returned_.empty()) {
        PublisherNews::Returned& returned = returned_.front();
        if (returned.is_refused) {
            notice(now, Severity::emergency,
                   "the broker refused a message for its content or properties; it is dropped: " +
                       returned.message.name + ": " + returned.message.reply_text,
                   returned.message.conversation_id);
        }
        job = std::make_unique<Job>();
        job->work =
            ReturnedJob{.sequence = returned.sequence, .message = std::move(returned.message)};
        returned_.pop_front();
    } else if (consumer_.stage() == Consumer::Stage::unconfigured && !is_unconfigured_told_) {
        is_unconfigured_told_ = true;
        notice(now, Severity::info, "waits for its configuration before it consumes anything else");
        job = std::make_unique<Job>();
        job->work = Unconfigured{};
    } else if (consumer_.stage() == Consumer::Stage::consuming && !is_ready_told_) {
        is_ready_told_ = true;
        job = std::make_unique<Job>();
        job->work = Ready{};
    } else {
        job = consumer_.take_received();
        ledger_.started(job->token, accepted);
    }
    job->life = channel_life_;
    ++calls_in_this_life_;
    running_jobs_.push_back(std::move(job));
    return running_jobs_.back().get();
}

void Worker::job_ended(const Job& job, const Outcome& outcome, Sequence accepted_before,
                       TimePoint now) {
    if (const auto* returned = std::get_if<ReturnedJob>(&job.work)) {
        returned_ended(*returned, outcome);
    } else if (std::holds_alternative<Ready>(job.work)) {
        // It may have begun on a channel that is lost by now, or not at all.
        if (job.life == channel_life_) is_ready_done_ = outcome.end == Outcome::End::done;
    } else if (const Message* const message = message_of(job)) {
        const bool is_current = ledger_.is_outstanding(job.token);
        delivery_ended(job, *message, outcome, accepted_before, now);
        const bool is_configured = std::holds_alternative<Configuration>(job.work) &&
                                   outcome.is_configured && outcome.end == Outcome::End::done;
        if (is_current && is_configured) consumer_.configured(now);
    }
    call_ended(job.life);
    forget(job);
    advance(now);
}

// A call that did not begin still has to be made.
void Worker::returned_ended(const ReturnedJob& returned, const Outcome& outcome) {
    if (outcome.end == Outcome::End::give_back) {
        returned_.push_back({.sequence = returned.sequence, .message = returned.message});
    } else {
        outbox_.returned_handled(returned.sequence);
    }
}

void Worker::forget(const Job& job) {
    const auto at = std::ranges::find(running_jobs_, &job, &std::unique_ptr<Job>::get);
    EVENTAIL_ASSERT(at != running_jobs_.end(), "a job ends once");
    spare_jobs_.give_back(std::move(*at));
    running_jobs_.erase(at);
}

void Worker::delivery_ended(const Job& job, const Message& message, const Outcome& outcome,
                            Sequence accepted_before, TimePoint now) {
    switch (outcome.end) {
        case Outcome::End::done: ledger_.ended(job.token, accepted_before); return;
        case Outcome::End::held: ledger_.held(job.token); return;
        case Outcome::End::give_back: ledger_.given_back(job.token); return;
        case Outcome::End::unfit:
            ledger_.rejected(job.token, false);
            notice_each("dead-lettered: " + outcome.error + origin_of(message.name, {}),
                        {.severity = Severity::emergency,
                         .text = "dead-lettered: " + outcome.error +
                                 origin_of(message.name, message.metadata.message_id),
                         .conversation_id = message.conversation_id},
                        now);
            return;
        case Outcome::End::failed:
        case Outcome::End::unhandled: break;
    }
    const bool was_redelivered = message.metadata.is_redelivered;
    const Ledger::Standing standing = ledger_.standing(job.token);
    ledger_.rejected(job.token, !was_redelivered);
    Severity severity = was_redelivered ? Severity::emergency : Severity::alert;
    if (outcome.end == Outcome::End::unhandled) severity = Severity::error;
    const std::string text = std::visit(KindOf{}, job.work) + message.name + ": " + outcome.error +
                             what_becomes_of_it(standing, was_redelivered);
    notice_each(text,
                {.severity = severity, .text = text, .conversation_id = message.conversation_id},
                now);
}

}  // namespace eventail::bus
