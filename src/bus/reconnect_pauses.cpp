#include "bus/reconnect_pauses.hpp"

namespace eventail::bus {
namespace {

// After a connection lost sooner than this, reconnecting waits.
constexpr Duration steady = std::chrono::seconds{1};

}  // namespace

ReconnectPauses::Pause ReconnectPauses::after(const Loss& loss) {
    if (loss.was_consuming) {
        faults_.ended(loss.fault, loss.lasted);
        if (!faults_.is_long()) {
            loss.lasted >= steady ? backoff_.reset() : backoff_.reset_to_first_pause();
        }
    }
    Pause pause{.length = loss.is_refused ? backoff_.next_after_refusal() : backoff_.next()};
    if (loss.was_consuming && faults_.is_long()) {
        pause.error = faults_.text("consuming", pause.length);
    }
    return pause;
}

}  // namespace eventail::bus
