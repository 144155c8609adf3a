// The broker's side: what it receives and sends.
#include "bus/publisher.hpp"
#include "simulation/line_witness.hpp"

namespace eventail::simulation {

using What = Sighting::What;

void LineWitness::broker_reads(std::size_t count) {
    up_.arrived_bytes += count;
    while (!up_.on_their_way.empty() && up_.on_their_way.front().end <= up_.arrived_bytes) {
        broker_heard(up_.on_their_way.front());
        up_.on_their_way.pop_front();
    }
}

void LineWitness::broker_wrote(wire::Bytes bytes) {
    seen_.clear();
    down_.tap.feed(bytes, seen_);
    for (Sighting& seen : seen_) {
        broker_said(seen);
        down_.on_their_way.push_back(std::move(seen));
    }
}

void LineWitness::broker_heard(const Sighting& seen) {
    note("broker heard", seen);
    const bool is_main_channel = seen.channel == bus::Publisher::confirm_channel;
    switch (seen.what) {
        case What::publish:
            if (!is_main_channel || is_broker_deaf_) return;
            if (Identity* const identity = witness_.find(seen.message_id)) {
                witness_.published(*identity);
            }
            return;
        case What::settle:
            if (!is_broker_deaf_) broker_settled(seen);
            return;
        case What::channel_open:
            if (is_main_channel) is_broker_deaf_ = has_broker_closed_channel_ = false;
            return;
        case What::channel_close:
            if (is_main_channel) give_back_all();
            return;
        case What::connection_close: return give_back_all();
        default: return;
    }
}

void LineWitness::broker_settled(const Sighting& seen) {
    const auto last = at_broker_.upper_bound(seen.tag);
    if (last == at_broker_.begin()) return;
    const auto first = seen.is_multiple ? at_broker_.begin() : std::prev(last);
    for (auto each = first; each != last; ++each) {
        Copies& copies = each->second.identity->copies[each->second.queue];
        if (seen.is_ack) {
            ++copies.acknowledged;
        } else if (seen.is_requeued) {
            ++copies.given_back;
        }
    }
    at_broker_.erase(first, last);
}

void LineWitness::broker_said(const Sighting& seen) {
    note("broker", seen);
    const bool is_main_channel = seen.channel == bus::Publisher::confirm_channel;
    const bool is_about_messages =
        seen.what == What::deliver || seen.what == What::returned || seen.what == What::settle;
    if (is_main_channel && is_about_messages && has_broker_closed_channel_) {
        witness_.violation("the broker speaks on a channel that is closed");
    }
    switch (seen.what) {
        case What::deliver: return broker_delivered(seen);
        case What::channel_close:
            if (!witness_.is_expected_close(seen.name)) {
                witness_.violation("the broker closes a channel: " + seen.name);
            }
            if (!is_main_channel) return;
            has_broker_closed_channel_ = true;
            return give_back_all();
        case What::channel_close_ok:
            if (is_main_channel) has_broker_closed_channel_ = true;
            return;
        case What::connection_close:
            if (!witness_.is_expected_close(seen.name)) {
                witness_.violation("the broker closes a connection: " + seen.name);
            }
            return give_back_all();
        default: return;
    }
}

void LineWitness::broker_delivered(const Sighting& seen) {
    Identity* const identity = witness_.find(seen.message_id);
    if (identity == nullptr) return witness_.violation("the broker delivers an unknown message");
    const std::string queue = queue_of(seen.name);
    Copies& copies = identity->copies[queue];
    ++copies.delivered;
    const bool is_tracked = !queue.empty();
    if (is_tracked && copies.delivered > copies.published + copies.given_back) {
        witness_.violation(identity->id + " is delivered again from " + queue +
                           ", though nobody gave it back");
    }
    if (is_broker_deaf_) {
        ++copies.given_back;
    } else {
        at_broker_[seen.tag] = {.queue = queue, .identity = identity};
    }
}

void LineWitness::give_back_all() {
    for (const auto& [tag, each] : at_broker_) ++each.identity->copies[each.queue].given_back;
    at_broker_.clear();
    is_broker_deaf_ = true;
}

void LineWitness::broker_lost() { give_back_all(); }

}  // namespace eventail::simulation
