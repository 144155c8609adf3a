#include "bus/reconnect_pauses.hpp"

#include "bus/worker.hpp"

namespace eventail::bus {
namespace {

// A connection that was lost sooner than this is not hurried back to.
constexpr Duration steady = std::chrono::seconds{1};

}  // namespace

ReconnectPauses::Pause ReconnectPauses::after(const RunEnd& end, Duration lasted) {
    if (end.was_consuming) {
        faults_.ended(end.fault, lasted);
        if (!faults_.is_long()) {
            lasted >= steady ? backoff_.reset() : backoff_.reset_to_first_pause();
        }
    }
    Pause pause{.length = backoff_.next()};
    if (end.was_consuming && faults_.is_long()) {
        pause.error = faults_.text("consuming", pause.length);
    }
    return pause;
}

}  // namespace eventail::bus
