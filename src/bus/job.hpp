// What a worker asks its shell to do in user code, and what came of it.
#pragma once

#include "bus/intake.hpp"
#include <eventail/message.hpp>

#include <cstdint>
#include <string>
#include <variant>

namespace eventail::bus {

/// on_unconfigured() is due.
struct Unconfigured {};
/// on_ready() is due.
struct Ready {};
/// handle_returned_message() is due.
struct ComeBackJob {
    Sequence sequence = 0;
    ReturnedMessage message = {};
};

/// One call of user code. Every job that next_job() gave out must be ended.
struct Job {
    JobId id = 0;  ///< the delivery's token; 0: no delivery
    std::variant<Unconfigured, Ready, ComeBackJob, Event, Command, Result, Configuration> work = {};
};

/// How user code ended.
struct Outcome {
    enum class Verdict : std::uint8_t {
        done,
        held,       ///< it acknowledges by hand
        failed,     ///< it threw
        unhandled,  ///< there is no handler
        give_back   ///< publishing failed because of back-pressure or a stop: not its fault
    };
    Verdict verdict = Verdict::done;
    bool is_configured = false;  ///< what a handler of configurations returned
    std::string error = {};      ///< one line, of a failure
};

}  // namespace eventail::bus
