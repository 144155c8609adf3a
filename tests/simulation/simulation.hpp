// A whole bus in one thread on a virtual clock: services, broker, the lines between them, and a
// schedule of faults. Runs the schedule, then repairs everything, which must come to rest, and then
// stops all services.
#pragma once

#include "simulation/broker.hpp"
#include "simulation/schedule.hpp"
#include "simulation/service.hpp"
#include "simulation/trace.hpp"
#include "simulation/witness.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace eventail::simulation {

struct Verdict {
    std::string violation = {};  ///< empty: none
    std::uint64_t hash = 0;      ///< of the whole trace
    std::array<std::uint64_t, kinds> occurred = {};
};

/// Runs it. Never throws for a violation.
Verdict simulate(const Schedule& schedule, bool is_traced = false);

class Simulation {
public:
    Simulation(const Schedule& schedule, bool is_traced);

    Verdict run();

private:
    enum class Stage : std::uint8_t { adversity, recovery, stopping, over };

    void happens();
    void advances_stage();
    void recovers();
    void configures();
    void checks_connections();
    bool is_at_rest() const;
    void lets_time_pass();
    void does_what_is_due();
    void later(Duration delay, std::function<void()> what);
    void watches_memory();

    // simulation_faults.cpp: makes it happen, if possible. @return whether it did
    bool occurs(const Occurrence& occurrence);
    bool loses_link(Kind kind, Dice& dice);
    bool strikes_broker(Kind kind, Dice& dice);
    bool strikes_confirms(Kind kind, Dice& dice);
    bool closes_something(Kind kind, Dice& dice);
    bool strikes_queue(Kind kind, Dice& dice);
    bool strikes_service(Kind kind, Dice& dice);
    Service& some_service(Dice& dice);
    Line* some_line(Dice& dice);
    void with_line(std::uint64_t serial, const std::function<void(Line&)>& action);

    const Schedule& schedule_;
    Trace trace_;
    TimePoint now_;
    Witness witness_;
    Broker broker_;
    std::deque<Service> services_;
    Stage stage_ = Stage::adversity;
    std::size_t next_occurrence_ = 0;
    TimePoint stage_limit_;
    TimePoint recovering_since_;
    std::map<std::pair<TimePoint, std::uint64_t>, std::function<void()>> agenda_;
    std::uint64_t agenda_counter_ = 0;
    std::uint64_t steps_without_progress_ = 0;
    Verdict verdict_;
};

}  // namespace eventail::simulation
