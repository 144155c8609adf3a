#include "service/supervise.hpp"

#include "bus/backoff.hpp"
#include "service/local_log.hpp"
#include "service/runtime.hpp"
#include "service/signals.hpp"

#include <signal.h>
#include <string.h>

#include <exception>
#include <optional>
#include <random>
#include <string>

namespace eventail::service {
namespace {

// A connection that was lost sooner than this is not hurried back to.
constexpr Duration steady = std::chrono::seconds{1};

}  // namespace

int supervise(Service& face, Runtime& runtime) {
    const ServiceOptions& options = runtime.options();
    try {
        // Also for the pauses, in which the service is not running.
        std::optional<SignalWatch> signals;
        if (options.handle_signals) {
            signals.emplace([&runtime](int signal) {
                runtime.stop(false, std::string("SIG") + ::sigabbrev_np(signal));
            });
        }
        bus::Backoff backoff(options.max_reconnect_delay, std::random_device{}());
        for (;;) {
            const TimePoint began = Clock::now();
            const RunResult result = face.run();
            if (result == RunResult::stopped) return 0;
            if (result == RunResult::reconnect) {
                backoff.reset();
                continue;
            }
            if (runtime.was_consuming()) {
                const bool was_steady = Clock::now() - began >= steady;
                was_steady ? backoff.reset() : backoff.reset_to_first_pause();
            }
            runtime.pause(backoff.next());
        }
    } catch (const std::exception& error) {
        if (!runtime.has_said_why()) {
            log_locally(Severity::critical, options.logical_service,
                        std::string("cannot run: ") + error.what());
        }
    } catch (...) {
        // Thrown by user code, and logged where it was caught.
    }
    return 1;
}

}  // namespace eventail::service
