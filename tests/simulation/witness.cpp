#include "simulation/witness.hpp"

#include "simulation/broker.hpp"
#include "simulation/line_witness.hpp"

#include <algorithm>

namespace eventail::simulation {
namespace {

const std::vector<std::string> nowhere;

}  // namespace

Witness::Witness(const Schedule& schedule, Trace& trace, const TimePoint& now)
    : trace_(trace), now_(now) {
    const auto add = [this](const std::string& queue, const std::string& exchange,
                            const std::vector<std::string>& keys) {
        if (keys.empty() || std::ranges::find(queues_, queue) != queues_.end()) return;
        queues_.push_back(queue);
        for (const std::string& key : keys) routes_[{exchange, key}].push_back(queue);
    };
    for (const Role& role : schedule.roles) {
        if (role.has_exclusive_queues) continue;
        add(role.service + ".events", "events", role.event_keys);
        add(role.service + ".commands", "commands", role.command_keys);
    }
}

void Witness::violation(std::string text) {
    note("VIOLATION", text);
    if (violation_.empty()) violation_ = std::move(text);
}

std::size_t Witness::new_incarnation() {
    incarnations_.emplace_back();
    return incarnations_.size() - 1;
}

void Witness::consumes_on(std::size_t incarnation, LineWitness* line) {
    incarnations_[incarnation].consuming = line;
}

void Witness::accepted(MessageRecord record) {
    note("accepted", record.id, record.exchange, record.name);
    std::vector<MessageRecord*>& by = incarnations_[record.author].by;
    if (record.sequence != by.size() + 1) violation("sequences are not consecutive");
    messages_.push_back(std::move(record));
    MessageRecord& kept = messages_.back();
    by.push_back(&kept);
    Identity& identity = by_id_[kept.id];
    identity.id = kept.id;
    check_id(kept, identity);
    kept.identity = &identity;
    identity.messages.push_back(&kept);
}

// Handlers that run again for one input give the same ids to the same messages; no other messages
// share an id.
void Witness::check_id(const MessageRecord& message, const Identity& identity) {
    const bool is_first = identity.messages.empty();
    if (!is_first && (message.kin.empty() || identity.messages.front()->kin != message.kin)) {
        violation("two messages have the id " + message.id);
    }
    if (message.kin.empty()) return;
    const auto [known, is_new] = id_of_kin_.emplace(message.kin, message.id);
    if (known->second != message.id) {
        violation(message.id + " had the id " + known->second + " when it was published first");
    }
}

std::uint64_t Witness::consuming_channel(std::size_t incarnation) const {
    const LineWitness* const line = incarnations_[incarnation].consuming;
    return line ? line->channel() : 0;
}

void Witness::begins_readiness(std::size_t incarnation, bool needs_configuration) {
    note("on_ready begins", incarnation);
    const bool is_configured =
        incarnations_[incarnation].configured_on == consuming_channel(incarnation);
    if (needs_configuration && !is_configured) {
        violation("on_ready begins before the service is configured on this channel");
    }
    incarnations_[incarnation].readying_on = consuming_channel(incarnation);
}

bool Witness::has_begun_readiness(std::size_t incarnation) const {
    return incarnations_[incarnation].readying_on == consuming_channel(incarnation);
}

void Witness::ends_readiness(std::size_t incarnation, std::uint64_t channel) {
    note("on_ready ends", incarnation);
    if (channel == consuming_channel(incarnation)) incarnations_[incarnation].ready_on = channel;
}

void Witness::is_configured(std::size_t incarnation, std::uint64_t channel) {
    note("configured", incarnation);
    if (channel == consuming_channel(incarnation)) {
        incarnations_[incarnation].configured_on = channel;
    }
}

std::shared_ptr<Handling> Witness::begins(std::size_t incarnation, std::string_view message_id,
                                          std::uint64_t token, bus::Sequence accepted,
                                          bool needs_readiness) {
    LineWitness* const line = incarnations_[incarnation].consuming;
    std::shared_ptr<Handling> handling = line ? line->first_unhandled(message_id) : nullptr;
    note("begins", incarnation, message_id, token);
    if (!handling) {
        violation("a handler runs for " + std::string(message_id) + ", which was not delivered");
        return nullptr;
    }
    if (needs_readiness && incarnations_[incarnation].ready_on != consuming_channel(incarnation)) {
        violation("a handler runs before on_ready has ended on its channel");
    }
    if (token <= std::exchange(incarnations_[incarnation].last_token, token)) {
        violation("two deliveries have the token " + std::to_string(token));
    }
    handling->state = Handling::State::running;
    handling->token = token;
    handling->first = accepted;
    return handling;
}

void Witness::settles_by_hand(std::size_t incarnation, const bus::ManualSettlement& settlement) {
    note("settles by hand", incarnation, settlement.token, settlement.is_ack, settlement.multiple);
    LineWitness* const line = incarnations_[incarnation].consuming;
    if (line == nullptr) return;
    for (const auto& [tag, handling] : line->unsettled()) {
        if (handling->decision != Handling::Decision::none) continue;
        const bool is_named =
            handling->token == settlement.token && handling->state != Handling::State::queued;
        // It must not settle deliveries that other handlers still work on.
        const bool is_meant_too = settlement.multiple && handling->token < settlement.token &&
                                  handling->state == Handling::State::ended;
        if (!is_named && !is_meant_too) continue;
        handling->decision =
            settlement.is_ack ? Handling::Decision::acknowledge : Handling::Decision::reject;
        handling->end = settlement.accepted_before;
    }
}

void Witness::handled_returned(std::size_t incarnation, std::string_view message_id,
                               bool is_refusal) {
    note("handled come-back", message_id, is_refusal);
    const Identity* const identity = find(message_id);
    if (identity == nullptr) return violation("an unknown message came back");
    MessageRecord* meant = nullptr;
    for (MessageRecord* const message : identity->messages) {
        const bool is_open = is_refusal ? !message->is_safe() : !message->is_return_handled;
        if (message->author != incarnation || !is_open) continue;
        if (meant == nullptr || (message->is_returned && !meant->is_returned)) meant = message;
    }
    if (meant == nullptr) return;
    (is_refusal ? meant->is_refusal_handled : meant->is_return_handled) = true;
}

void Witness::dies(std::size_t incarnation) {
    note("dies", incarnation);
    for (MessageRecord* const message : incarnations_[incarnation].by) {
        if (!message->is_safe()) message->is_author_gone = true;
    }
    incarnations_[incarnation].consuming = nullptr;
}

void Witness::stops(std::size_t incarnation, std::size_t abandoned) {
    std::size_t unsafe = 0;
    std::string last;
    for (const MessageRecord* const message : incarnations_[incarnation].by) {
        if (message->is_safe()) continue;
        ++unsafe;
        last = message->id;
    }
    note("stopped", incarnation, abandoned, unsafe);
    if (unsafe > abandoned) {
        violation("stopped with " + std::to_string(unsafe) + " messages unconfirmed, the last " +
                  last + ", and told of " + std::to_string(abandoned));
    }
    if (is_stop_clean_ && abandoned > 0) violation("a stop abandons messages for no reason");
    dies(incarnation);
}

void Witness::destroys_queue(std::string_view queue) {
    deleted_queues_.emplace(queue);
    for (auto& [id, identity] : by_id_) {
        const auto found = identity.copies.find(queue);
        if (found != identity.copies.end()) found->second.is_destroyed = true;
    }
}

void Witness::destroys_transient_messages() {
    for (auto& [id, identity] : by_id_) {
        if (identity.messages.front()->is_persistent) continue;
        for (auto& [queue, copies] : identity.copies) copies.is_destroyed = true;
    }
}

void Witness::purges_queue(std::string_view queue) {
    for (auto& [id, identity] : by_id_) {
        const auto found = identity.copies.find(queue);
        if (found != identity.copies.end() && found->second.may_be_ready()) {
            found->second.is_destroyed = true;
        }
    }
}

Identity* Witness::find(std::string_view id) {
    const auto found = by_id_.find(std::string(id));
    return found == by_id_.end() ? nullptr : &found->second;
}

MessageRecord* Witness::that_is_sent(const Identity& identity, std::size_t author,
                                     std::uint64_t channel) {
    MessageRecord* any = nullptr;
    MessageRecord* late = nullptr;  // its author may not have heard the confirm
    for (MessageRecord* const message : identity.messages) {
        if (message->author != author) continue;
        any = message;
        const bool is_under_way = message->pending_on == channel && message->nacked_on != channel;
        if (!message->is_confirmed && !message->is_refusal_handled && !is_under_way) return message;
        if (late == nullptr && message->was_confirmed_late && !is_under_way) late = message;
    }
    return late != nullptr ? late : any;
}

MessageRecord* Witness::that_came_back(const Identity& identity, std::uint64_t channel) {
    for (MessageRecord* const message : identity.messages) {
        const bool is_under_way = message->pending_on == channel && !message->is_confirmed;
        if (is_under_way && !message->is_returned) return message;
    }
    return nullptr;
}

const std::vector<std::string>& Witness::route(std::string_view exchange,
                                               std::string_view name) const {
    const auto found = routes_.find(std::pair(std::string(exchange), std::string(name)));
    return found == routes_.end() ? nowhere : found->second;
}

bool Witness::is_bound(std::string_view queue, std::string_view exchange,
                       std::string_view name) const {
    return !deleted_queues_.contains(queue) || is_bound_(queue, exchange, name);
}

void Witness::published(Identity& identity) {
    const MessageRecord& message = *identity.messages.front();
    for (const std::string& queue : route(message.exchange, message.name)) {
        Copies& copies = identity.copies[queue];
        ++copies.published;
        if (!is_bound(queue, message.exchange, message.name)) copies.is_destroyed = true;
    }
}

bool Witness::is_expected_close(std::string_view text) const {
    if (text.find(Broker::pretext) != std::string_view::npos) return true;
    return std::ranges::any_of(deleted_queues_, [text](const std::string& queue) {
        return text.starts_with("NOT_FOUND - no queue '" + queue + "'");
    });
}

void Witness::check_order(const MessageRecord& message, std::uint64_t channel) {
    // Nobody can see on the line which of several messages with one id is sent.
    if (message.has_namesakes()) return;
    Incarnation& author = incarnations_[message.author];
    if (author.has_suspects) return;
    std::size_t& first = author.first_unsafe;
    while (first < author.by.size() && author.by[first]->is_safe()) ++first;
    for (std::size_t i = first; i + 1 < message.sequence; ++i) {
        const MessageRecord& older = *author.by[i];
        if (older.is_safe() || older.is_confirmed || !older.was_sent) continue;
        if (older.has_namesakes()) continue;
        if (older.pending_on == channel || older.nacked_on == channel) continue;
        violation(message.id + " goes out before " + older.id + ", which is to be sent again");
    }
}

void Witness::check_end(const DeadLetters& dead_letters) {
    for (const MessageRecord& message : messages_) check_end(message, dead_letters);
}

void Witness::check_end(const MessageRecord& message, const DeadLetters& dead_letters) {
    if (message.is_author_gone || message.is_refusal_handled) return;
    if (!message.is_safe()) violation(message.id + " was never confirmed");
    for (const std::string& queue : route(message.exchange, message.name)) {
        const auto found = message.identity->copies.find(queue);
        if (found == message.identity->copies.end()) {
            violation(message.id + " never reached the broker");
            continue;
        }
        const Copies& copies = found->second;
        if (copies.is_destroyed || copies.acknowledged > 0) continue;
        if (dead_letters.contains({message.id, queue})) continue;
        violation(message.id + " is lost: " + queue + " had it, and it was neither acknowledged " +
                  "nor dead-lettered");
    }
}

}  // namespace eventail::simulation
