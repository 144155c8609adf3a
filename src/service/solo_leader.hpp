// Leads with one call of user code at a time: the thread in run() drives, makes the calls itself,
// and hands over to its stand-in when a call takes long.
#pragma once

#include "base/atomic.hpp"
#include "service/leader.hpp"
#include "service/stand_in.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace eventail::service {

class SoloLeader final : public Leader {
public:
    /// `look_interval`: for the stand-in.
    SoloLeader(const Surroundings& surroundings, Duration look_interval)
        : Leader(surroundings), look_interval_(look_interval) {}

    void prepare() override;
    void lead() override;
    void dismiss() override { stand_in_.reset(); }
    void after_accepting(bool is_user_code, std::size_t unwritten_bytes) override;
    bool drive_for_room(bool is_user_code, TimePoint until) override;

private:
    struct Turn;
    /// The result of a turn.
    struct Ended {
        const bus::Job* job = nullptr;
        bool was_function = false;
        bus::ChannelLife function_began_in = 0;
        bus::Outcome outcome = {};
    };
    class UserCodeScope;

    void lead_on();
    Turn next_turn(const Ended& ended);
    TimePoint function_due() EVENTAIL_REQUIRES(with_.drive.mutex());
    void choose(Turn& turn, TimePoint now) EVENTAIL_REQUIRES(with_.drive.mutex());
    void note_end(const Ended& ended, TimePoint now) EVENTAIL_REQUIRES(with_.drive.mutex());
    void call(const Turn& turn);
    void serve_while(std::uint64_t serial);

    Duration look_interval_;
    UserCode user_code_;
    std::unique_ptr<StandIn> stand_in_;  // during a run
    Ended ended_;                        // of the turn before
    Atomic<bool> is_standing_in_ = false;
    bool was_functions_turn_ = false;
};

}  // namespace eventail::service
