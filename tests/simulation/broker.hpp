// The embedded broker's core and peers on the virtual clock, and the lines to it.
#pragma once

#include "broker/core/core.hpp"
#include "broker/peer/peer_context.hpp"
#include "simulation/line.hpp"
#include "simulation/schedule.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::simulation {

class Broker {
public:
    /// Marks every close that the schedule asked for.
    static constexpr std::string_view pretext = "simulated";

    Broker(const Schedule& schedule, Witness& witness, const TimePoint& now);
    ~Broker();

    bool is_refusing() const { return is_refusing_; }
    /// @return null: the connection is refused
    Line* connect(Service& service, std::size_t incarnation, const Role& role, bus::LinkId link);
    std::deque<std::unique_ptr<Line>>& lines() { return lines_; }

    /// Handles everything that has arrived or is due.
    void step();
    std::optional<TimePoint> next_deadline();

    // ---- Faults

    /// As if killed; accepts no connections until refuse(false).
    void restart(Dice& dice);
    void refuse(bool is_refusing) { is_refusing_ = is_refusing; }
    void set_alarm(bool is_on);
    void set_faults(Line& line, const ConnectionFaults& faults);
    void close_channels(Line& line, wire::ReplyCode code);
    void close_connection(Line& line);
    void cancel_consumers(const std::string& queue);
    void delete_queue(const std::string& queue);
    void purge_queue(const std::string& queue);
    /// Makes full queues refuse messages.
    void set_full(bool are_full);
    /// Queues drop messages beyond this policy's limits, and dead-letter them.
    void forget(std::optional<broker::Settings> policy);
    void heal();

    // ---- Inspection

    bool has_queue(std::string_view name) const;
    /// Nothing waits in any service's queue.
    bool is_empty() const;
    DeadLetters dead_letters() const;
    std::size_t held_bytes() const { return core_.held_bytes(); }

private:
    void prepare(const Schedule& schedule);
    void set_policy();
    bool hears(Line& line);
    void settles();
    void settles(Line& line);
    void flush(Line& line);
    void note_lost();
    void tick_peers();

    Witness& witness_;
    const TimePoint& now_;
    Dice dice_;
    broker::Core core_;
    broker::PeerContext context_;
    std::uint64_t step_count_ = 0;
    bool is_refusing_ = false;
    bool are_full_ = false;
    std::optional<broker::Settings> forgetting_;
    std::uint64_t serial_ = 0;
    std::deque<std::unique_ptr<Line>> lines_;
};

}  // namespace eventail::simulation
