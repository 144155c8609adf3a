#include "broker/core/environment.hpp"

#include "broker/core/queue.hpp"
#include "broker/core/refusal.hpp"
#include "broker/core/virtual_host.hpp"

#include <utility>

namespace eventail::broker {

namespace {

/// The work of one slice, measured in copies of small dead letters.
constexpr std::size_t slice_cost = 512;

}  // namespace

void Environment::require_room() const {
    if (is_full())
        refuse(wire::ReplyCode::resource_error, "the broker has reached its memory limit");
}

void Environment::require_room_in_transactions() const {
    if (transactions_gauge_->held_bytes > memory_limit_bytes_ / 2) {
        refuse(wire::ReplyCode::resource_error, "transactions have reached their memory limit");
    }
}

void Environment::publish_later(DeadLetter letter) {
    if (is_full()) {
        ++lost_letter_count_;
        return;
    }
    letters_.push_back(std::move(letter));
    letters_charge_.set(letters_.size() * sizeof(DeadLetter));
}

void Environment::do_pending_work() {
    // Neither may keep the other waiting.
    std::size_t done = chores_.work(slice_cost / 2);
    while (done < slice_cost && !(letters_.empty() && to_dispatch_.empty())) {
        if (!letters_.empty()) {
            const DeadLetter letter = std::move(letters_.front());
            letters_.pop_front();
            letters_charge_.set(letters_.size() * sizeof(DeadLetter));
            done += letter.host->publish(letter);
        } else {
            const std::shared_ptr<Queue> queue = std::move(to_dispatch_.front());
            to_dispatch_.pop_front();
            queue->dispatch();
            ++done;
        }
    }
    if (done < slice_cost) chores_.work(slice_cost - done);
}

}  // namespace eventail::broker
