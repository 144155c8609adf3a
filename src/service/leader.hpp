// The thread in run(), as far as it matters whether it runs user code itself: how a run is led, and
// what publishers have to do for what they publish to be written.
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

/// What a leader works with.
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

    /// Before a run: makes the threads that it takes. @throws std::system_error there are none
    virtual void prepare() = 0;
    /// Leads a run that has begun, to its end. If the thread is ended meanwhile (pthread_exit,
    /// pthread_cancel), again leads on from where that was.
    virtual void lead() = 0;
    /// After the last run: ends its threads. Their calls of user code may still log.
    virtual void dismiss() = 0;

    // From any thread

    /// Something is in the outlet, that much of it since the driving thread looked.
    /// `is_user_code`: the calling thread runs the service's.
    virtual void after_accepting(bool is_user_code, std::size_t unwritten_bytes) = 0;
    /// The calling thread waits for room in the outlet. Drives, at the longest until then, if
    /// nobody else would. @return whether it has
    virtual bool drive_for_room(bool is_user_code, TimePoint until) = 0;

protected:
    explicit Leader(const Surroundings& surroundings) : with_(surroundings) {}

    /// Drives until there is nothing to tell. @return false: somebody else drives, or nobody may
    bool drive_if_free(std::optional<TimePoint> until);
    /// The next function. Once stopped, nothing starts that is not a message's business.
    TimePoint next_function() const {
        return with_.stopping.is_stopped() ? TimePoint::max() : with_.timers.next_due();
    }

    Surroundings with_;
};

}  // namespace eventail::service
