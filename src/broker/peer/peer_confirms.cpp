#include "broker/peer/peer_confirms.hpp"

#include <algorithm>

namespace eventail::broker {

void PeerConfirms::settle(bool is_accepted, const FaultScript& faults, TimePoint now) {
    if (!is_on_) return;
    const Outcome outcome{++last_tag_, is_accepted, now + faults.confirm_delay()};
    switch (faults.confirms()) {
        case ConfirmFault::none: send(outcome); break;
        case ConfirmFault::nack: send({.tag = outcome.tag}); break;
        case ConfirmFault::withhold: has_gaps_ = true; break;
        case ConfirmFault::delay: hold_back(outcome, false); break;
        case ConfirmFault::reorder: hold_back(outcome, true); break;
    }
}

void PeerConfirms::send(const Outcome& outcome) {
    if (outcome.is_accepted && !has_gaps_) {
        if (run_first_ == 0) run_first_ = outcome.tag;
        run_last_ = outcome.tag;
        return;
    }
    send_run();
    if (outcome.is_accepted) {
        output_.send(channel_, wire::BasicAck{.delivery_tag = outcome.tag});
    } else {
        output_.send(channel_, wire::BasicNack{.delivery_tag = outcome.tag});
    }
}

void PeerConfirms::send_run() {
    if (run_first_ == 0) return;
    output_.send(channel_,
                 wire::BasicAck{.delivery_tag = run_last_, .multiple = run_last_ != run_first_});
    run_first_ = 0;
}

void PeerConfirms::hold_back(const Outcome& outcome, bool is_newest_first) {
    has_gaps_ = true;
    if (!is_newest_first) {
        held_back_.push_back(outcome);
        return;
    }
    // What waits together goes out together, or the order would come out right again.
    Outcome joining = outcome;
    if (!held_back_.empty()) joining.due = held_back_.front().due;
    held_back_.insert(held_back_.begin(), joining);
}

void PeerConfirms::flush(TimePoint now) {
    send_run();
    const auto is_due = [now](const Outcome& outcome) { return outcome.due <= now; };
    for (const Outcome& outcome : held_back_) {
        if (is_due(outcome)) send(outcome);
    }
    std::erase_if(held_back_, is_due);
}

std::optional<TimePoint> PeerConfirms::next_deadline() const {
    if (held_back_.empty()) return std::nullopt;
    return std::ranges::min(held_back_, {}, &Outcome::due).due;
}

}  // namespace eventail::broker
