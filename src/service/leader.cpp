#include "service/leader.hpp"

#include "service/cancellation.hpp"

namespace eventail::service {

bool Leader::drive_if_free(std::optional<TimePoint> until) {
    const CancellationHeld held;
    for (;;) {
        const std::optional<std::vector<bus::Notice>> notices = with_.drive.step_if_free(until);
        if (!notices) return false;
        if (notices->empty()) return true;
        with_.log.record(*notices);
        // New log records must be sent as well.
        until.reset();
    }
}

}  // namespace eventail::service
