#include "service/supervise.hpp"

#include "service/cancellation.hpp"
#include "service/failure_text.hpp"
#include "service/local_log.hpp"
#include "service/runtime.hpp"
#include "service/signals.hpp"

#include <cxxabi.h>

#include <exception>
#include <optional>
#include <string>

namespace eventail::service {
namespace {

void say_why_not(const ServiceOptions& options, const std::string& why) noexcept {
    try {
        log_locally(Severity::critical, options.logical_service, "cannot run: " + why);
    } catch (...) {
        log_locally(Severity::critical, options.logical_service, why);  // works without memory
    }
}

}  // namespace

int supervise(Runtime& runtime) {
    const ServiceOptions& options = runtime.options();
    try {
        const Leadership::Term leads(runtime.leadership());
        const CancellationKept kept;
        // Handles signals between two runs as well.
        std::optional<SignalWatch> signals;
        runtime.watch_signals(signals);
        while (runtime.run(bus::WhenLost::connects_again) != RunResult::stopped) {
        }
        return 0;
    } catch (const abi::__forced_unwind&) {
        throw;  // the thread is being ended
    } catch (const LeadershipRefused& refusal) {
        say_why_not(options, refusal.what());
    } catch (...) {
        // User code's exceptions were logged where they were caught.
        if (!runtime.has_said_why() || runtime.has_left_home())
            say_why_not(options, why_not_run(std::current_exception()));
    }
    return 1;
}

}  // namespace eventail::service
