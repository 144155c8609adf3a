#include "broker/peer/peer_confirms.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace eventail::broker {

void PeerConfirms::settle(bool is_accepted, const FaultScript& faults, TimePoint now) {
    if (!is_on_) return;
    const Confirm confirm{++last_tag_, is_accepted, now + faults.confirm_delay()};
    switch (faults.confirms()) {
        case ConfirmFault::none: send(confirm); break;
        case ConfirmFault::nack: send({.tag = confirm.tag}); break;
        case ConfirmFault::withhold: has_gaps_ = true; break;
        case ConfirmFault::delay: hold_back(confirm, false); break;
        case ConfirmFault::reorder: hold_back(confirm, true); break;
    }
}

void PeerConfirms::send(const Confirm& confirm) {
    EVENTAIL_ASSERT(confirm.tag != 0 && confirm.tag <= last_tag_, "only what came is confirmed");
    EVENTAIL_ASSERT(has_gaps_ || confirm.tag > run_last_, "without gaps, confirms go out in order");
    if (confirm.is_accepted && !has_gaps_) {
        if (run_first_ == 0) run_first_ = confirm.tag;
        run_last_ = confirm.tag;
        return;
    }
    send_run();
    if (confirm.is_accepted) {
        output_.send(channel_, wire::BasicAck{.delivery_tag = confirm.tag});
    } else {
        output_.send(channel_, wire::BasicNack{.delivery_tag = confirm.tag});
    }
}

void PeerConfirms::send_run() {
    if (run_first_ == 0) return;
    output_.send(channel_,
                 wire::BasicAck{.delivery_tag = run_last_, .multiple = run_last_ != run_first_});
    run_first_ = 0;
}

void PeerConfirms::hold_back(const Confirm& confirm, bool is_newest_first) {
    has_gaps_ = true;
    Confirm joining = confirm;
    if (is_newest_first) {
        // Confirms that wait together leave together, or their order would come out right again.
        if (!held_back_.empty()) joining.due = held_back_.front().due;
        held_back_.push_front(joining);
    } else {
        if (!held_back_.empty()) joining.due = std::max(joining.due, held_back_.back().due);
        held_back_.push_back(joining);
    }
}

void PeerConfirms::flush(TimePoint now) {
    send_run();
    while (!held_back_.empty() && held_back_.front().due <= now) {
        send(held_back_.front());
        held_back_.pop_front();
    }
}

std::optional<TimePoint> PeerConfirms::next_deadline() const {
    if (held_back_.empty()) return std::nullopt;
    return held_back_.front().due;
}

}  // namespace eventail::broker
