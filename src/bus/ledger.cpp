#include "bus/ledger.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace eventail::bus {

std::uint64_t Ledger::delivered(std::uint64_t delivery_tag) {
    EVENTAIL_ASSERT(delivery_tag == expected_tag(), "the tags of a channel grow by one");
    slots_.push_back({});
    ++outstanding_;
    return token_of(delivery_tag);
}

void Ledger::started(DeliveryToken token, Sequence accepted) {
    if (Slot* slot = find(token)) {
        EVENTAIL_ASSERT(slot->state == State::queued, "a delivery has one handler");
        slot->state = State::running;
        slot->next = accepted;
    }
}

void Ledger::started_later(DeliveryToken token, Sequence accepted) {
    Slot* slot = find(token);
    if (slot != nullptr && slot->state == State::running) {
        slot->next = std::max(slot->next, accepted);
    }
}

void Ledger::ended(DeliveryToken token, Sequence accepted_before) {
    Slot* slot = find(token);
    // Acknowledged by hand while it ran: that has decided.
    if (slot == nullptr || slot->state != State::running) return;
    wait(token, *slot, accepted_before);
}

void Ledger::held(DeliveryToken token) {
    Slot* slot = find(token);
    if (slot != nullptr && slot->state == State::running) slot->state = State::held;
}

void Ledger::rejected(DeliveryToken token, bool requeue) {
    Slot* slot = find(token);
    if (slot == nullptr) return;
    if (slot->state == State::queued || slot->state == State::running) {
        refuse(token, *slot, Settlement::Verb::reject, requeue);
    }
}

void Ledger::given_back(DeliveryToken token) {
    Slot* slot = find(token);
    if (slot == nullptr) return;
    if (slot->state == State::queued || slot->state == State::running) {
        refuse(token, *slot, Settlement::Verb::nack, true);
    }
}

void Ledger::settle_manually(const ManualSettlement& settlement) {
    if (settlement.token <= token_base_) return;
    const std::uint64_t last = settlement.token - token_base_;
    const std::uint64_t first = settlement.multiple ? first_tag_ : last;
    for (std::uint64_t tag = std::max(first, first_tag_); tag <= last; ++tag) {
        const DeliveryToken token = token_of(tag);
        Slot* slot = find(token);
        if (slot == nullptr) return;
        // A handler that still runs decides about its own message.
        const bool is_eligible =
            slot->state == State::held || (slot->state == State::running && tag == last);
        if (!is_eligible) continue;
        if (settlement.is_ack) {
            wait(token, *slot, settlement.accepted_before);
        } else {
            refuse(token, *slot, Settlement::Verb::nack, settlement.requeue);
        }
    }
}

void Ledger::review(const Outbox& outbox) {
    if (std::exchange(seen_settled_, outbox.settled()) != outbox.settled()) reviewed_ = 0;
    const auto first = waiting_.begin() + static_cast<std::ptrdiff_t>(reviewed_);
    const auto is_ready = [&](DeliveryToken token) {
        EVENTAIL_ASSERT(find(token) != nullptr && find(token)->state == State::waiting,
                        "what waits for confirms is a delivery of this channel");
        Slot& slot = *find(token);
        while (slot.next < slot.end && outbox.is_settled(slot.next)) ++slot.next;
        if (slot.next < slot.end) return false;
        slot.state = State::ready;
        ++ready_;
        return true;
    };
    waiting_.erase(std::remove_if(first, waiting_.end(), is_ready), waiting_.end());
    reviewed_ = waiting_.size();
    EVENTAIL_ASSERT(ready_ + waiting_.size() <= outstanding_,
                    "what is decided and not written is outstanding");
}

void Ledger::flush(std::vector<Settlement>& out) {
    // Refusals first: a multiple acknowledgement must not include deliveries to be returned.
    out.insert(out.end(), refused_.begin(), refused_.end());
    refused_.clear();

    std::uint64_t last_ready = 0;
    std::size_t together = 0;
    while (!slots_.empty()) {
        const State state = slots_.front().state;
        if (state != State::ready && state != State::settled) break;
        if (state == State::ready) {
            last_ready = first_tag_;
            ++together;
        }
        slots_.pop_front();
        ++first_tag_;
    }
    if (together > 0) out.push_back({.delivery_tag = last_ready, .multiple = together > 1});
    EVENTAIL_ASSERT(together <= ready_ && together <= outstanding_, "what is ready was counted");
    ready_ -= together;
    outstanding_ -= together;

    for (std::size_t i = 0; ready_ > 0 && i < slots_.size(); ++i) {
        if (slots_[i].state != State::ready) continue;
        slots_[i].state = State::settled;
        --ready_;
        --outstanding_;
        out.push_back({.delivery_tag = first_tag_ + i});
    }
    EVENTAIL_ASSERT(ready_ == 0, "all that is ready is written");
}

void Ledger::channel_lost() {
    // Tokens go on from here, so that none is reused.
    const std::uint64_t last_token = token_of(first_tag_ + slots_.size() - 1);
    EVENTAIL_ASSERT(last_token >= token_base_, "tokens grow from channel to channel");
    token_base_ = last_token;
    first_tag_ = 1;
    slots_.clear();
    waiting_.clear();
    reviewed_ = 0;
    refused_.clear();
    ready_ = 0;
    outstanding_ = 0;
}

bool Ledger::is_outstanding(DeliveryToken token) const {
    const Slot* slot = find(token);
    return slot != nullptr && slot->state != State::settled;
}

Ledger::Standing Ledger::standing(DeliveryToken token) const {
    if (token <= token_base_) return Standing::lost;
    const Slot* slot = find(token);
    const bool is_open =
        slot != nullptr && (slot->state == State::queued || slot->state == State::running ||
                            slot->state == State::held);
    return is_open ? Standing::open : Standing::decided;
}

Ledger::Slot* Ledger::find(DeliveryToken token) {
    if (token < token_of(first_tag_)) return nullptr;
    const std::uint64_t i = token - token_of(first_tag_);
    return i < slots_.size() ? &slots_[i] : nullptr;
}

const Ledger::Slot* Ledger::find(DeliveryToken token) const {
    return const_cast<Ledger*>(this)->find(token);
}

void Ledger::wait(DeliveryToken token, Slot& slot, Sequence end) {
    EVENTAIL_ASSERT(slot.state == State::running || slot.state == State::held,
                    "a delivery is acknowledged once, and after its handler has begun");
    if (slot.next >= end) {
        slot.state = State::ready;
        ++ready_;
        return;
    }
    slot.state = State::waiting;
    slot.end = end;
    waiting_.push_back(token);
}

void Ledger::refuse(DeliveryToken token, Slot& slot, Settlement::Verb verb, bool requeue) {
    EVENTAIL_ASSERT(
        slot.state == State::queued || slot.state == State::running || slot.state == State::held,
        "a delivery is refused once, and not after it was acknowledged");
    EVENTAIL_ASSERT(outstanding_ > 0, "what is outstanding was counted");
    slot.state = State::settled;
    --outstanding_;
    refused_.push_back({.delivery_tag = token - token_base_, .verb = verb, .requeue = requeue});
}

bool Ledger::is_consistent() const {
    std::size_t outstanding = 0;
    std::size_t ready = 0;
    std::size_t waiting = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        const Slot& slot = slots_[i];
        outstanding += slot.state != State::settled;
        ready += slot.state == State::ready;
        waiting += slot.state == State::waiting && slot.next < slot.end;
    }
    const std::set<DeliveryToken> tokens(waiting_.begin(), waiting_.end());
    const bool are_waiting = std::ranges::all_of(tokens, [this](DeliveryToken token) {
        const Slot* const slot = find(token);
        return slot != nullptr && slot->state == State::waiting;
    });
    const bool are_refused = std::ranges::all_of(refused_, [this](const Settlement& each) {
        const Slot* const slot = find(token_of(each.delivery_tag));
        return each.verb != Settlement::Verb::ack && each.delivery_tag < expected_tag() &&
               (slot == nullptr || slot->state == State::settled);
    });
    return outstanding == outstanding_ && ready == ready_ && waiting == tokens.size() &&
           tokens.size() == waiting_.size() && reviewed_ <= waiting_.size() && are_waiting &&
           are_refused;
}

}  // namespace eventail::bus
