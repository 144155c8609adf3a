#include "simulation/broker.hpp"

#include "base/assert.hpp"
#include "simulation/service.hpp"
#include "wire/methods.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace eventail::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view dead_name = "dead";

// Publishing large headers needs large frames; their consumers have small ones.
std::uint32_t frame_max_of(const Schedule& schedule) {
    return schedule.has_large_headers ? wire::default_frame_bytes : schedule.frame_max;
}

class Nobody final : public broker::Recipient {
public:
    void deliver(const broker::Delivery&) override {}
    void consumer_cancelled(std::uint16_t, std::string_view) override {}
};

}  // namespace

Broker::Broker(const Schedule& schedule, Witness& witness, const TimePoint& now)
    : witness_(witness),
      now_(now),
      dice_(Dice(schedule.seed).about("broker")),
      core_(now, {.seed = schedule.seed}),
      context_{.core = core_,
               .options = {.frame_max = frame_max_of(schedule), .heartbeat = schedule.heartbeat}} {
    prepare(schedule);
    set_full(false);
    witness.ask_for_bindings([this](std::string_view queue, std::string_view exchange,
                                    std::string_view name) {
        return std::ranges::any_of(core_.list_bindings("/"), [&](const auto& each) {
            return each.destination == queue && each.source == exchange && each.routing_key == name;
        });
    });
}

Broker::~Broker() = default;

// Leaves queues as former runs of the services would, and a queue for dead letters.
void Broker::prepare(const Schedule& schedule) {
    Nobody nobody;
    const auto connection = core_.connect("guest", "/", nobody);
    broker::Channel& channel = connection->open_channel(1);
    const auto queue = [&](std::string_view name, std::string_view exchange,
                           const std::vector<std::string>& keys) {
        if (keys.empty()) return;
        channel.declare(wire::QueueDeclare{.queue = name, .durable = true});
        for (const std::string& key : keys) {
            channel.bind(wire::QueueBind{.queue = name, .exchange = exchange, .routing_key = key});
        }
    };
    for (const std::string_view exchange :
         {"events", "commands", "configurations", "logs", "dead"}) {
        channel.declare(
            wire::ExchangeDeclare{.exchange = exchange, .type = "topic", .durable = true});
    }
    queue(dead_name, dead_name, {"#"});
    for (const Role& role : schedule.roles) {
        if (role.has_exclusive_queues) continue;
        queue(role.service + ".events", "events", role.event_keys);
        queue(role.service + ".commands", "commands", role.command_keys);
    }
}

void Broker::set_full(bool are_full) {
    are_full_ = are_full;
    set_policy();
}

void Broker::forget(std::optional<broker::Settings> policy) {
    forgetting_ = std::move(policy);
    set_policy();
}

void Broker::set_policy() {
    broker::Policy policy{.name = "DLX", .pattern = "^.*\\.(events|commands)$"};
    if (forgetting_) policy.settings = *forgetting_;
    policy.settings.dead_letter_exchange = std::string(dead_name);
    if (are_full_) {
        policy.settings.max_length = 1;
        policy.settings.overflow = broker::Overflow::reject_publish;
    }
    core_.set_policy("/", policy);
}

Line* Broker::connect(Service& service, std::size_t incarnation, const Role& role,
                      bus::LinkId link) {
    if (is_refusing_) return nullptr;
    const std::uint64_t serial = ++serial_;
    lines_.push_back(std::make_unique<Line>(
        serial, service, link, dice_.about(serial),
        std::make_unique<LineWitness>(witness_, serial, incarnation, role, link)));
    Line& line = *lines_.back();
    line.peer = std::make_unique<broker::Peer>(context_, line, now_);
    return &line;
}

void Broker::step() {
    core_.tick(now_);
    bool has_heard = true;
    while (has_heard) {
        has_heard = false;
        for (std::size_t i = 0; i < lines_.size(); ++i) has_heard |= hears(*lines_[i]);
    }
    for (const auto& line : lines_) {
        if (!line->peer || !line->peer_deadline || *line->peer_deadline > now_) continue;
        line->is_touched = true;
        line->peer->tick(now_);
    }
    settles();
    // At each step it would take a third more time.
    constexpr std::uint64_t steps_between_looks = 8;
    ++step_count_;
    EVENTAIL_ASSERT(step_count_ % steps_between_looks != 0 || core_.is_consistent(),
                    "the broker's counts and lists agree with what is there");
    std::erase_if(lines_, [](const auto& line) { return !line->peer && !line->is_service_there; });
}

bool Broker::hears(Line& line) {
    if (line.peer && !line.peer->wants_input()) return false;
    std::optional<Pipe::Arrival> arrival = line.up.take(now_);
    if (!arrival) return false;
    if (line.has_more_to_write && line.is_service_there) line.service.may_write();
    if (!line.peer) return true;
    if (arrival->is_end) {
        line.peer->cut("the client is gone");
    } else {
        line.witness->broker_reads(arrival->bytes.size());
        line.peer->feed(arrival->bytes.view(), now_);
    }
    settles(line);
    return true;
}

// A peer's own output comes before the output that it causes for others.
void Broker::settles(Line& line) {
    line.is_touched = true;
    note_lost();
    flush(line);
    settles();
}

void Broker::settles() {
    bool has_more = true;
    while (has_more) {
        note_lost();
        core_.dispatch();
        has_more = false;
        for (const auto& line : lines_) {
            if (!line->is_touched) continue;
            flush(*line);
            has_more = true;
        }
    }
}

void Broker::note_lost() {
    for (const auto& line : lines_) {
        const bool is_lost = line->is_touched && line->peer && !line->peer->is_open();
        if (is_lost) line->witness->broker_lost();
    }
}

void Broker::flush(Line& line) {
    line.is_touched = false;
    if (!line.peer) return;
    std::array<wire::Bytes, 16> views;
    while (const std::size_t count = line.peer->gather(views)) {
        std::size_t size = 0;
        for (std::size_t i = 0; i < count; ++i) {
            line.witness->broker_wrote(views[i]);
            line.down.send(views[i], now_);
            size += views[i].size();
        }
        line.peer->written(size, now_);
    }
    line.peer_deadline = line.peer->next_deadline();
    if (!line.peer->is_finished()) return;
    line.witness->broker_lost();
    line.down.end(now_);
    line.peer.reset();
}

void Broker::tick_peers() {
    for (const auto& line : lines_) {
        if (!line->peer) continue;
        line->is_touched = true;
        line->peer->tick(now_);
    }
    settles();
}

std::optional<TimePoint> Broker::next_deadline() {
    std::optional<TimePoint> earliest = core_.next_deadline();
    const auto consider = [&](std::optional<TimePoint> other) {
        if (other && (!earliest || *other < *earliest)) earliest = other;
    };
    for (const auto& line : lines_) {
        if (line->peer) consider(line->peer_deadline);
        if (!line->peer || line->peer->wants_input()) consider(line->up.next_arrival());
    }
    return earliest;
}

// ---- Faults

void Broker::restart(Dice& dice) {
    refuse(true);
    for (const auto& line : lines_) {
        if (!line->peer) continue;
        line->peer->cut("restart");
        line->witness->broker_lost();
        line->peer.reset();
        // Bytes already in its kernel may still arrive.
        if (dice.chance(50)) {
            line->down.end(now_);
        } else {
            line->down.cut(now_, dice.between(0s, 1s));
        }
    }
    witness_.destroys_transient_messages();
    core_.restart();
}

void Broker::set_alarm(bool is_on) {
    if (is_on) {
        core_.raise_alarm();
    } else {
        core_.clear_alarm();
    }
    tick_peers();
}

void Broker::set_faults(Line& line, const ConnectionFaults& faults) {
    line.peer->set_faults(faults);
    if (faults.confirms == ConfirmFault::withhold) line.was_deprived_of_confirms = true;
    settles(line);
}

void Broker::close_channels(Line& line, wire::ReplyCode code) {
    line.peer->close_channels(code, pretext, now_);
    settles(line);
}

void Broker::close_connection(Line& line) {
    line.peer->close(pretext, now_);
    settles(line);
}

void Broker::cancel_consumers(const std::string& queue) {
    core_.cancel_consumers("/", queue);
    settles();
}

void Broker::delete_queue(const std::string& queue) {
    witness_.destroys_queue(queue);
    core_.delete_queue("/", queue);
    settles();
}

void Broker::purge_queue(const std::string& queue) {
    witness_.purges_queue(queue);
    core_.purge("/", queue);
    settles();
}

void Broker::heal() {
    refuse(false);
    set_alarm(false);
    set_full(false);
    forget(std::nullopt);
    for (const auto& line : lines_) {
        if (!line->peer) continue;
        line->is_touched = true;
        line->peer->set_faults({});
        // Withheld confirms stay withheld until the next connection.
        if (line->was_deprived_of_confirms) line->peer->close(pretext, now_);
    }
    settles();
}

// ---- Inspection

bool Broker::has_queue(std::string_view name) const {
    return std::ranges::any_of(core_.list_queues("/"),
                               [name](const auto& each) { return each.name == name; });
}

bool Broker::is_empty() const {
    return std::ranges::all_of(core_.list_queues("/"), [](const auto& each) {
        return each.name == dead_name || (each.ready_count == 0 && each.unsettled_count == 0);
    });
}

DeadLetters Broker::dead_letters() const {
    DeadLetters letters;
    for (const broker::MessagePtr& message : core_.peek("/", dead_name, 100000)) {
        const auto queue = message->headers().find("x-first-death-queue");
        letters.emplace(message->decoded_properties().message_id.value_or(""),
                        queue ? queue->as_text().value_or("") : "");
    }
    return letters;
}

}  // namespace eventail::simulation
