// A worker's side: what it sends and receives.
#include "bus/envelope.hpp"
#include "bus/publisher.hpp"
#include "simulation/line_witness.hpp"

#include <algorithm>

namespace eventail::simulation {

using What = Sighting::What;

LineWitness::LineWitness(Witness& witness, std::uint64_t serial, std::size_t incarnation,
                         const Role& role, bus::LinkId link)
    : witness_(witness),
      serial_(serial),
      incarnation_(incarnation),
      service_(role.service),
      has_exclusive_queues_(role.has_exclusive_queues),
      link_(link) {}

void LineWitness::note(std::string_view who, const Sighting& seen) {
    constexpr std::string_view names[] = {"publish",         "",
                                          "deliver",         "return",
                                          "cancel",          "channel.open",
                                          "channel.close",   "channel.close-ok",
                                          "connection.close"};
    std::string_view what = names[static_cast<std::size_t>(seen.what)];
    if (seen.what == What::settle) what = seen.is_ack ? "ack" : "nack";
    const std::string_view flag = seen.what == What::publish ? "mandatory" : "redelivered";
    witness_.note(who, serial_, what, seen.tag, seen.is_multiple ? "multiple" : "",
                  seen.is_requeued ? "requeue" : "", seen.is_flagged ? flag : "", seen.name,
                  seen.message_id);
}

std::string LineWitness::queue_of(std::string_view consumer_tag) const {
    const auto source = bus::source_of(consumer_tag);
    if (has_exclusive_queues_ || source == bus::Source::configurations) return {};
    return service_ + "." + std::string(consumer_tag);
}

void LineWitness::worker_wrote(wire::Bytes bytes) {
    seen_.clear();
    up_.tap.feed(bytes, seen_);
    for (Sighting& seen : seen_) {
        worker_said(seen);
        up_.on_their_way.push_back(std::move(seen));
    }
}

void LineWitness::worker_reads(std::size_t count, bool is_worker_closing) {
    is_worker_closing_ = is_worker_closing;
    down_.arrived_bytes += count;
    while (!down_.on_their_way.empty() && down_.on_their_way.front().end <= down_.arrived_bytes) {
        worker_heard(down_.on_their_way.front());
        down_.on_their_way.pop_front();
    }
}

void LineWitness::worker_said(const Sighting& seen) {
    note("worker", seen);
    switch (seen.what) {
        case What::publish: return worker_published(seen);
        case What::settle: return worker_settled(seen);
        case What::channel_open:
            if (seen.channel != bus::Publisher::confirm_channel) return;
            ++epoch_;
            has_closed_channel_ = is_channel_closed_ = false;
            sent_.clear();
            return;
        case What::channel_close:
            if (seen.channel == bus::Publisher::confirm_channel) has_closed_channel_ = true;
            return;
        case What::connection_close:
            if (seen.code != 200) witness_.violation("the worker closes with: " + seen.name);
            return;
        default: return;
    }
}

void LineWitness::worker_published(const Sighting& seen) {
    if (link_ == bus::LinkId::consuming) {
        return witness_.violation("something is published on a consuming connection");
    }
    if (seen.channel != bus::Publisher::confirm_channel) return;
    const Identity* const identity = witness_.find(seen.message_id);
    MessageRecord* const message =
        identity ? Witness::that_is_sent(*identity, incarnation_, channel_key()) : nullptr;
    if (message == nullptr) {
        return witness_.violation("a message goes out that was not accepted: " + seen.message_id);
    }
    const bool is_same = message->exchange == seen.exchange && message->name == seen.name &&
                         message->is_mandatory == seen.is_flagged &&
                         seen.start_of_body.find(message->label + " ") != std::string::npos;
    if (!is_same) witness_.violation(message->id + " goes out changed");
    if (has_closed_channel_) witness_.violation(message->id + " goes out on a closed channel");
    sent_.push_back(message);
    // Written before the worker could know that the channel is gone: everyone ignores it.
    if (is_channel_closed_) return;
    if (message->is_confirmed && !message->was_confirmed_late) {
        witness_.violation(message->id + " goes out after its confirm");
    }
    if (message->pending_on == channel_key() && message->nacked_on != channel_key()) {
        witness_.violation(message->id + " goes out twice on one channel");
    }
    if (!message->was_sent) witness_.check_order(*message, channel_key());
    message->was_sent = true;
    message->pending_on = channel_key();
    message->nacked_on = 0;
}

void LineWitness::worker_settled(const Sighting& seen) {
    if (is_channel_closed_) return;
    if (has_closed_channel_) return witness_.violation("a settlement on a closed channel");
    const auto named = unsettled_.find(seen.tag);
    if (named == unsettled_.end()) {
        return witness_.violation("tag " + std::to_string(seen.tag) +
                                  " is settled, which is not outstanding on its channel");
    }
    const auto first = seen.is_multiple ? unsettled_.begin() : named;
    const auto last = std::next(named);
    for (auto each = first; each != last; ++each) check_settled(seen, *each->second);
    unsettled_.erase(first, last);
}

void LineWitness::check_settled(const Sighting& seen, const Handling& handling) {
    const std::string& id = handling.input->id;
    if (!seen.is_ack) {
        if (handling.decision == Handling::Decision::acknowledge) {
            witness_.violation(id + " is given back, though its handler ended well");
        }
        return;
    }
    if (handling.decision != Handling::Decision::acknowledge) {
        return witness_.violation(id + " is acknowledged, which nobody decided");
    }
    const std::vector<MessageRecord*>& by = witness_.by(incarnation_);
    for (bus::Sequence sequence = handling.first; sequence < handling.end; ++sequence) {
        const MessageRecord& caused = *by[sequence - 1];
        if (caused.is_safe()) continue;
        witness_.violation(id + " is acknowledged before " + caused.id + " was confirmed");
    }
}

void LineWitness::worker_heard(const Sighting& seen) {
    note("worker heard", seen);
    switch (seen.what) {
        case What::deliver: {
            const Identity* const input = witness_.find(seen.message_id);
            if (input == nullptr) return witness_.violation("an unknown message was delivered");
            unsettled_[seen.tag] =
                std::make_shared<Handling>(Handling{.input = input->messages.front()});
            return;
        }
        case What::settle: return worker_heard_confirm(seen);
        case What::returned:
            // A closing worker may stop listening, and send the message again.
            if (is_worker_closing_) return;
            if (const Identity* const identity = witness_.find(seen.message_id)) {
                MessageRecord* const message = Witness::that_came_back(*identity, channel_key());
                if (message != nullptr) message->is_returned = true;
            }
            return;
        case What::channel_close:
            if (seen.channel != bus::Publisher::confirm_channel) return;
            is_channel_closed_ = true;
            unsettled_.clear();
            if (link_ == bus::LinkId::publishing) witness_.has_suspects(incarnation_);
            return;
        default: return;
    }
}

void LineWitness::worker_heard_confirm(const Sighting& seen) {
    const std::size_t first = seen.is_multiple ? 1 : seen.tag;
    const std::size_t last = seen.is_multiple && seen.tag == 0 ? sent_.size() : seen.tag;
    for (std::size_t tag = first; tag <= last && tag <= sent_.size(); ++tag) {
        MessageRecord* const message = std::exchange(sent_[tag - 1], nullptr);
        if (message == nullptr) continue;
        if (seen.is_ack) {
            message->is_confirmed = true;
            message->was_confirmed_late = is_worker_closing_;
        } else {
            message->nacked_on = channel_key();
        }
    }
}

void LineWitness::worker_lost() {
    unsettled_.clear();
    sent_.clear();
    ++epoch_;
}

std::shared_ptr<Handling> LineWitness::first_unhandled(std::string_view message_id) const {
    for (const auto& [tag, handling] : unsettled_) {
        const bool is_next = handling->state == Handling::State::queued;
        if (is_next && handling->input->id == message_id) return handling;
    }
    return nullptr;
}

}  // namespace eventail::simulation
