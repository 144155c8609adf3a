// A process that runs a service: the real worker and intake, driven as the shell drives them, with
// handlers whose actions the dice choose. Dies, and returns as another process.
#pragma once

#include "bus/backoff.hpp"
#include "bus/message_id.hpp"
#include "bus/worker.hpp"
#include "simulation/broker.hpp"
#include "simulation/schedule.hpp"
#include "simulation/witness.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::simulation {

/// For a service in a schedule with large headers. Larger ones are dead-lettered unread.
inline constexpr std::uint32_t max_header_bytes = 20'000;
/// Handlers publish nothing in reply to messages this many causes deep.
inline constexpr unsigned max_depth = 2;

class Service {
public:
    Service(const Role& role, std::size_t number, const Schedule& schedule, Broker& broker,
            Witness& witness, const TimePoint& now);
    ~Service();

    /// Does everything possible now, if it was touched or a deadline has come. The shell sleeps
    /// until then, so a deadline that a worker does not announce is missed.
    void step();
    std::optional<TimePoint> next_deadline() const { return is_touched_ ? now_ : deadline_; }
    /// Data has arrived on one of its lines.
    void hears(Line& line, const Pipe::Arrival& arrival);

    /// A full line has room again.
    void may_write() { is_touched_ = true; }

    /// From a thread that does not run handlers.
    void publishes(Dice dice);
    void publishes_configuration();
    void stops(bool reconnect);
    void crashes(Dice& dice);
    /// When dead: comes back at that time; nothing: never.
    void comes_back(std::optional<TimePoint> at);

    bool is_dead() const { return !process_; }
    /// It is ready for more, and has nothing to do.
    bool is_at_rest() const;
    bool is_unconfigured() const;
    /// As it must at rest.
    bool holds_little() const;
    /// How long it has had no consuming connection.
    Duration unconnected() const;
    /// No more functions begin, so that the bus can come to rest.
    void calms() { is_calm_ = true; }
    /// Its channel works, so a close is the fault of an operation on it and not of its
    /// declarations.
    bool is_channel_established(bus::LinkId link) const;
    /// Null if there is none.
    Line* line(bus::LinkId link) const;

private:
    /// One action of a handler.
    struct Act {
        enum class What : std::uint8_t { publish, settle, end };
        TimePoint at = {};
        What what = What::end;
        Dice dice{0};  ///< for its messages
    };
    /// A call of user code that was taken out and waits for a thread.
    struct Waiting {
        const bus::Job* job = nullptr;  ///< null: a function
        bus::ChannelLife function_began_in = 0;
    };
    struct Running {
        const bus::Job* job = nullptr;  ///< null: a function
        bus::ChannelLife function_began_in = 0;
        std::uint64_t channel = 0;  ///< under which it began, as the witness knows it
        bool is_alone = false;
        std::shared_ptr<Handling> handling = {};
        std::unique_ptr<bus::IdDerivation> ids = {};
        std::map<std::string, std::uint64_t> published = {};  // number of each kind
        Dice dice;
        Dice own{0};  ///< for other actions, different each time
        bus::Outcome outcome = {};
        std::vector<Act> acts = {};  // sorted by time
        std::size_t next_act = 0;
    };
    struct LateSettlement {
        TimePoint at = {};
        std::uint64_t token = 0;
        Dice dice;
    };
    struct Process;

    void does_everything();
    void falls_asleep();
    std::optional<TimePoint> earliest_deadline() const;
    void begins_process();
    void begins_run();
    bool may_begin_function() const;
    bool advances_run();
    void ends_run();
    void absorbs();
    bool connects(bus::LinkId link);
    bool writes(bus::LinkId link);
    bool disconnects(bus::LinkId link);
    void loses(bus::LinkId link, std::string_view what);

    // service_handlers.cpp
    bool takes_calls();
    std::optional<Waiting> takes_call();
    bool begins_calls();
    bool begins_call(const Waiting& waiting);
    void forgets_calls();
    void check_alone(const Running& running);
    void check_ready() const;
    bool plan_delivery(Running& running, const Message& message);
    void plan(Running& running, const Message& message);
    void plan_other(Running& running);
    void plan_function(Running& running);
    Duration longer(Dice& dice, const bus::Job* job) const;
    bool acts();
    void acts(Running& running);
    void ends_call(Running& running);
    void ends_job(Running& running);
    void decides(Running& running, bus::Sequence accepted);
    bool settles_late();
    void settles(std::uint64_t token, Dice& dice);
    bool may_publish() const;
    bool publishes_something(Dice& dice, unsigned depth, Running* cause);
    bool publishes(bus::Outgoing message, Dice& dice, unsigned depth, Running* cause);
    void logs(const bus::Notice& notice);
    bool publishes_result(Running& running, Dice& dice);

    Role role_;
    std::size_t number_;
    const Schedule& schedule_;
    Broker& broker_;
    Witness& witness_;
    const TimePoint& now_;
    Dice dice_;
    std::uint64_t lives_ = 0;
    std::optional<TimePoint> revived_at_;
    bool is_touched_ = true;
    bool is_calm_ = false;
    std::uint64_t step_count_ = 0;
    std::optional<TimePoint> deadline_;
    std::unique_ptr<Process> process_;
};

/// Everything that is lost when the process dies.
struct Service::Process {
    Process(bus::WorkerOptions options, std::size_t number_of_incarnation, std::string id_prefix,
            std::uint32_t seed);

    std::size_t incarnation;
    std::string prefix;
    bus::Intake intake;
    bus::Worker worker;
    bus::Intake::Batch batch = {};
    bus::Backoff backoff;
    std::uint64_t counter = 0;
    std::array<Line*, 2> lines = {};
    std::array<std::optional<TimePoint>, 2> connecting = {};
    std::optional<TimePoint> next_run = {};
    std::optional<TimePoint> stop_limit = {};
    bool wants_stop = false;
    bool wants_reconnect = false;
    std::optional<TimePoint> unconnected_since = {};
    bool has_been_refused = false;  ///< a connection, or lost one
    std::optional<TimePoint> next_function = {};
    std::deque<Waiting> waiting = {};
    std::list<Running> running = {};
    std::vector<LateSettlement> late = {};
};

}  // namespace eventail::simulation
