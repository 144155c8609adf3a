// The parts of leading that depend on whether the thread in run() runs user code itself: how it
// leads a run, and what publishers must do so that their messages get written.
#pragma once

#include "service/drive.hpp"
#include "service/service_log.hpp"
#include "service/stop_state.hpp"
#include "service/timer_queue.hpp"
#include "service/user_calls.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace eventail::service {

/// The objects that a leader uses.
struct Surroundings {
    Drive& drive;
    Outlet& outlet;
    TimerQueue& timers;
    UserCalls& calls;
    const StopState& stopping;
    ServiceLog& log;
};

class Leader {
public:
    virtual ~Leader() = default;
    Leader(const Leader&) = delete;
    Leader& operator=(const Leader&) = delete;

    /// Before a run: creates its threads. @throws std::system_error if that fails
    virtual void prepare() = 0;
    /// Leads a begun run to its end. If the thread is ended during it (pthread_exit,
    /// pthread_cancel), another call continues from there.
    virtual void lead() = 0;
    /// After the last run: ends its threads. Their calls of user code may still log.
    virtual void dismiss() = 0;

    // From any thread

    /// A message is in the outlet, and so many bytes since the driving thread looked.
    /// `is_user_code`: the calling thread runs the service's user code.
    virtual void after_accepting(bool is_user_code, std::size_t unwritten_bytes) = 0;
    /// The calling thread waits for room in the outlet. Drives if nobody else would, at the longest
    /// until `until`. @return whether it has driven
    virtual bool drive_for_room(bool is_user_code, TimePoint until) = 0;

protected:
    explicit Leader(const Surroundings& surroundings) : with_(surroundings) {}

    /// Drives until there are no notices. @return false: another thread drives, or none may
    bool drive_if_free(std::optional<TimePoint> until);
    /// When the next function is due. After a stop, only messages' calls begin.
    TimePoint next_function() const {
        return with_.stopping.is_stopped() ? TimePoint::max() : with_.timers.next_due();
    }

    Surroundings with_;
};

}  // namespace eventail::service
