// The faults that a schedule can cause.
#include "simulation/simulation.hpp"

#include <vector>

namespace eventail::simulation {
namespace {

using namespace std::chrono_literals;

}  // namespace

bool Simulation::occurs(const Occurrence& occurrence) {
    Dice dice(occurrence.detail);
    switch (occurrence.kind) {
        case Kind::publish: {
            Service& service = some_service(dice);
            if (service.is_dead()) return false;
            service.publishes(dice);
            return true;
        }
        case Kind::cut_link:
        case Kind::freeze_link:
        case Kind::slow_link: return loses_link(occurrence.kind, dice);
        case Kind::restart_broker:
        case Kind::refuse_connections:
        case Kind::alarm:
        case Kind::fill_queues:
        case Kind::forget:
        case Kind::limit_deliveries: return strikes_broker(occurrence.kind, dice);
        case Kind::withhold_confirms:
        case Kind::nack_confirms:
        case Kind::delay_confirms:
        case Kind::reorder_confirms:
        case Kind::mark_redelivered:
        case Kind::cut_amid_frames: return strikes_confirms(occurrence.kind, dice);
        case Kind::close_channels:
        case Kind::close_connection: return closes_something(occurrence.kind, dice);
        case Kind::cancel_consumers:
        case Kind::delete_queue:
        case Kind::purge_queue: return strikes_queue(occurrence.kind, dice);
        case Kind::stop:
        case Kind::reconnect:
        case Kind::crash: return strikes_service(occurrence.kind, dice);
    }
    return false;
}

Service& Simulation::some_service(Dice& dice) { return services_[dice.pick(services_.size())]; }

Line* Simulation::some_line(Dice& dice) {
    std::vector<Line*> candidates;
    for (const auto& line : broker_.lines()) {
        if (line->is_service_there && line->peer) candidates.push_back(line.get());
    }
    return candidates.empty() ? nullptr : candidates[dice.pick(candidates.size())];
}

void Simulation::with_line(std::uint64_t serial, const std::function<void(Line&)>& action) {
    for (const auto& line : broker_.lines()) {
        if (line->serial == serial) return action(*line);
    }
}

bool Simulation::loses_link(Kind kind, Dice& dice) {
    Line* const line = some_line(dice);
    if (line == nullptr) return false;
    witness_.note("strikes line", line->serial);
    const std::uint64_t serial = line->serial;
    if (kind == Kind::cut_link) {
        line->up.cut(now_, dice.chance(50) ? 0s : dice.between(0s, 3s));
        line->down.cut(now_, dice.chance(50) ? 0s : dice.between(0s, 3s));
        return true;
    }
    if (kind == Kind::slow_link) {
        const Duration delay = dice.between(5ms, 2s);
        line->up.set_delay(delay);
        line->down.set_delay(dice.chance(50) ? delay : 0s);
        later(dice.between(1s, 10s), [this, serial] {
            with_line(serial, [](Line& slow) {
                slow.up.set_delay(0s);
                slow.down.set_delay(0s);
            });
        });
        return true;
    }
    const std::uint64_t which = dice.below(3);
    if (which != 1) line->up.set_frozen(true, now_);
    if (which != 2) line->down.set_frozen(true, now_);
    if (dice.chance(40)) {
        line->is_frozen_for_good = true;
        return true;
    }
    later(dice.between(10ms, 40s), [this, serial] {
        with_line(serial, [this](Line& frozen) {
            if (frozen.is_frozen_for_good) return;
            frozen.up.set_frozen(false, now_);
            frozen.down.set_frozen(false, now_);
        });
    });
    return true;
}

bool Simulation::strikes_broker(Kind kind, Dice& dice) {
    const Duration time = dice.between(10ms, 15s);
    switch (kind) {
        case Kind::restart_broker:
            broker_.restart(dice);
            later(dice.between(0s, 5s), [this] { broker_.refuse(false); });
            return true;
        case Kind::refuse_connections:
            broker_.refuse(true);
            later(time, [this] { broker_.refuse(false); });
            return true;
        case Kind::alarm:
            broker_.set_alarm(true);
            later(dice.chance(10) ? 80s : time, [this] { broker_.set_alarm(false); });
            return true;
        case Kind::fill_queues:
            broker_.set_full(true);
            later(dice.chance(90) ? time : 90s, [this] { broker_.set_full(false); });
            return true;
        case Kind::forget:
            broker_.forget(
                dice.chance(50)
                    ? broker::Settings{.message_ttl = std::chrono::milliseconds(dice.below(2000))}
                    : broker::Settings{.max_length = 1 + dice.below(3)});
            later(time, [this] { broker_.forget(std::nullopt); });
            return true;
        case Kind::limit_deliveries:
            // Nothing waits in a queue: a returned message is lost, as with a delivery limit of
            // one.
            broker_.forget(broker::Settings{.message_ttl = 0ms});
            later(time, [this] { broker_.forget(std::nullopt); });
            return true;
        default: return false;
    }
}

bool Simulation::strikes_confirms(Kind kind, Dice& dice) {
    Line* const line = some_line(dice);
    if (line == nullptr) return false;
    witness_.note("strikes line", line->serial);
    ConnectionFaults faults;
    faults.confirm_delay =
        std::chrono::duration_cast<std::chrono::milliseconds>(dice.between(1ms, 5s));
    switch (kind) {
        case Kind::withhold_confirms: faults.confirms = ConfirmFault::withhold; break;
        case Kind::nack_confirms: faults.confirms = ConfirmFault::nack; break;
        case Kind::delay_confirms: faults.confirms = ConfirmFault::delay; break;
        case Kind::reorder_confirms: faults.confirms = ConfirmFault::reorder; break;
        case Kind::mark_redelivered: faults.is_marked_redelivered = true; break;
        default: faults.cut_after_frames_written = dice.below(12);
    }
    broker_.set_faults(*line, faults);
    later(dice.between(10ms, 10s), [this, serial = line->serial] {
        with_line(serial, [this](Line& healed) {
            if (healed.peer) broker_.set_faults(healed, {});
        });
    });
    return true;
}

bool Simulation::closes_something(Kind kind, Dice& dice) {
    Line* const line = some_line(dice);
    if (line == nullptr || !line->peer->is_open()) return false;
    witness_.note("strikes line", line->serial);
    if (kind == Kind::close_connection) {
        broker_.close_connection(*line);
        return true;
    }
    // While a channel is being prepared, 406 would mean that a declaration is wrong.
    const bool is_established =
        line->service.is_channel_established(line->link) && line->service.line(line->link) == line;
    const bool is_refused = is_established && dice.chance(60);
    broker_.close_channels(
        *line, is_refused ? wire::ReplyCode::precondition_failed : wire::ReplyCode::not_found);
    return true;
}

bool Simulation::strikes_queue(Kind kind, Dice& dice) {
    const std::vector<std::string>& queues = witness_.queues();
    const std::string& queue = queues[dice.pick(queues.size())];
    if (!broker_.has_queue(queue)) return false;
    witness_.note("strikes queue", queue);
    if (kind == Kind::delete_queue) {
        broker_.delete_queue(queue);
    } else if (kind == Kind::purge_queue) {
        broker_.purge_queue(queue);
    } else {
        broker_.cancel_consumers(queue);
    }
    return true;
}

bool Simulation::strikes_service(Kind kind, Dice& dice) {
    Service& service = some_service(dice);
    if (service.is_dead()) return false;
    if (kind == Kind::crash) {
        service.crashes(dice);
    } else {
        service.stops(kind == Kind::reconnect);
    }
    service.comes_back(now_ + dice.between(0s, 8s));
    return true;
}

}  // namespace eventail::simulation
