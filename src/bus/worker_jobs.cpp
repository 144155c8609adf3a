// Jobs: which call of user code is next, and what its end means for the message behind it.
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

}  // namespace

bool Worker::may_run_delivery() const {
    if (phase_ != Phase::running || fatal_ || consumer_.received().empty()) return false;
    return consumer_.received().front().source == Source::configurations || is_ready_done_;
}

bool Worker::has_job() const {
    if (fatal_ || phase_ >= Phase::ending) return false;
    if (!publisher_.come_backs().empty()) return true;
    if (phase_ != Phase::running) return false;
    const Consumer::Stage stage = consumer_.stage();
    if (stage == Consumer::Stage::unconfigured && !is_unconfigured_told_) return true;
    if (stage == Consumer::Stage::consuming && !is_ready_told_) return true;
    return may_run_delivery();
}

std::optional<Job> Worker::next_job(Sequence accepted) {
    if (!has_job()) return std::nullopt;
    Job job;
    if (!publisher_.come_backs().empty()) {
        Publisher::ComeBack& come_back = publisher_.come_backs().front();
        if (come_back.is_refused) {
            notice(Severity::emergency,
                   "the broker refused a message for what it is, and it is dropped: " +
                       come_back.message.name + ": " + come_back.message.reply_text,
                   come_back.message.conversation_id);
        }
        job.work =
            ComeBackJob{.sequence = come_back.sequence, .message = std::move(come_back.message)};
        publisher_.come_backs().pop_front();
    } else if (consumer_.stage() == Consumer::Stage::unconfigured && !is_unconfigured_told_) {
        is_unconfigured_told_ = true;
        job.work = Unconfigured{};
    } else if (consumer_.stage() == Consumer::Stage::consuming && !is_ready_told_) {
        is_ready_told_ = true;
        job.work = Ready{};
    } else {
        Consumer::Received delivery = std::move(consumer_.received().front());
        consumer_.received().pop_front();
        job.id = delivery.token;
        std::visit(
            [&job](auto& message) {
                using Received = std::decay_t<decltype(message)>;
                if constexpr (!std::is_same_v<Received, Poison>) job.work = std::move(message);
            },
            delivery.message);
        ledger_.started(job.id, accepted);
        running_deliveries_.push_back(job.id);
    }
    ++running_jobs_;
    return job;
}

void Worker::job_ended(const Job& job, const Outcome& outcome, Sequence accepted_before,
                       amqp::TimePoint now) {
    --running_jobs_;
    if (const auto* come_back = std::get_if<ComeBackJob>(&job.work)) {
        outbox_.returned_handled(come_back->sequence);
    } else if (std::holds_alternative<Ready>(job.work)) {
        // It may have begun on a channel that was lost meanwhile.
        is_ready_done_ = is_ready_told_;
    } else if (const auto* configuration = std::get_if<Configuration>(&job.work)) {
        const bool is_current = ledger_.is_outstanding(job.id);
        delivery_ended(job, *configuration, outcome, accepted_before);
        if (is_current && outcome.is_configured && outcome.verdict == Outcome::Verdict::done) {
            consumer_.configured(now);
        }
    } else if (const auto* event = std::get_if<Event>(&job.work)) {
        delivery_ended(job, *event, outcome, accepted_before);
    } else if (const auto* command = std::get_if<Command>(&job.work)) {
        delivery_ended(job, *command, outcome, accepted_before);
    } else if (const auto* result = std::get_if<Result>(&job.work)) {
        delivery_ended(job, *result, outcome, accepted_before);
    }
    advance(now);
}

void Worker::delivery_ended(const Job& job, const Message& message, const Outcome& outcome,
                            Sequence accepted_before) {
    std::erase(running_deliveries_, job.id);
    forget_after_absorb_.push_back(job.id);
    switch (outcome.verdict) {
        case Outcome::Verdict::done: ledger_.ended(job.id, accepted_before); return;
        case Outcome::Verdict::held: ledger_.held(job.id); return;
        case Outcome::Verdict::give_back: ledger_.rejected(job.id, true); return;
        case Outcome::Verdict::failed:
        case Outcome::Verdict::unhandled: break;
    }
    const bool was_redelivered = message.metadata.is_redelivered;
    ledger_.rejected(job.id, !was_redelivered);
    Severity severity = was_redelivered ? Severity::emergency : Severity::alert;
    if (outcome.verdict == Outcome::Verdict::unhandled) severity = Severity::error;
    notice(severity,
           std::visit(KindOf{}, job.work) + message.name + ": " + outcome.error +
               (was_redelivered ? "; it was redelivered before: dead-lettered"
                                : "; given back to the queue"),
           message.conversation_id);
}

}  // namespace eventail::bus
