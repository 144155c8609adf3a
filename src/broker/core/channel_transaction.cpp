// The longer operations of a channel: transactions, and settling any number of deliveries. Each
// call does a part that takes a few milliseconds.
#include "base/assert.hpp"
#include "broker/core/channel.hpp"
#include "broker/core/connection.hpp"
#include "broker/core/core.hpp"
#include "broker/core/refusal.hpp"
#include "broker/core/virtual_host.hpp"

#include <utility>

namespace eventail::broker {

namespace {

/// The size of one part.
constexpr std::size_t part_size = 2000;

}  // namespace

void Channel::require_confirmable() const {
    if (!transaction_) return;
    refuse(wire::ReplyCode::precondition_failed, "cannot switch from tx to confirm mode");
}

void Channel::select_transaction(bool is_confirming) {
    if (is_confirming) {
        refuse(wire::ReplyCode::precondition_failed, "cannot switch from confirm to tx mode");
    }
    if (!transaction_) transaction_ = std::make_unique<Transaction>(host().environment());
}

std::size_t Channel::unsettled_count() const {
    std::size_t count = unsettled_.size();
    for (const auto* const transaction : {&transaction_, &committing_, &rolling_back_}) {
        if (*transaction) count += (*transaction)->settlement_count();
    }
    return count;
}

void Channel::require_transaction() const {
    if (transaction_) return;
    refuse(wire::ReplyCode::precondition_failed, "channel is not transactional");
}

Progress Channel::commit() {
    require_transaction();
    committing_ = std::exchange(transaction_, std::make_unique<Transaction>(host().environment()));
    is_commit_refused_ = false;
    return go_on();
}

Progress Channel::rollback() {
    require_transaction();
    rolling_back_ =
        std::exchange(transaction_, std::make_unique<Transaction>(host().environment()));
    return go_on();
}

Progress Channel::go_on() {
    Progress progress;
    if (settling_) go_on_settling();
    if (committing_) go_on_committing(progress);
    if (rolling_back_) go_on_rolling_back(progress);
    return progress;
}

void Channel::go_on_settling() {
    EVENTAIL_ASSERT(settling_, "there are deliveries to settle");
    for (std::size_t i = 0; i < part_size; ++i) {
        const auto tag = unsettled_.first_tag(settling_->last_tag);
        if (!tag) {
            const bool is_held = settling_->is_held;
            settling_.reset();
            if (!is_held) resume();
            return;
        }
        if (settling_->is_held) {
            transaction_->hold(settling_->disposition, *tag, unsettled_);
        } else {
            settle(std::move(*unsettled_.take(*tag)), settling_->disposition);
        }
    }
}

// All publishes come first, then the settlements, as in RabbitMQ.
void Channel::go_on_committing(Progress& progress) {
    for (std::size_t done = 0; done < part_size;) {
        if (const auto publish = committing_->take_publish()) {
            const Fate fate = host().publish(publish->queues, publish->message);
            if (fate == Fate::rejected) is_commit_refused_ = true;
            if (fate == Fate::unroutable && publish->is_mandatory) {
                progress.returned.push_back(publish->message);
            }
            done += 1 + publish->queues.size();
        } else if (auto settlement = committing_->take_settlement()) {
            settle(std::move(settlement->unsettled), settlement->disposition);
            ++done;
        } else {
            committing_.reset();
            resume();
            progress.is_committed = !is_commit_refused_;
            break;
        }
    }
    if (!committing_ && is_commit_refused_) {
        refuse(wire::ReplyCode::precondition_failed, "partial tx completion");
    }
}

void Channel::go_on_rolling_back(Progress& progress) {
    for (std::size_t done = 0; done < part_size; ++done) {
        if (rolling_back_->take_publish() || rolling_back_->give_back(unsettled_)) continue;
        rolling_back_.reset();
        progress.is_rolled_back = true;
        return;
    }
}

}  // namespace eventail::broker
