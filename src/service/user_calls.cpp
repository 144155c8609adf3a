#include "service/user_calls.hpp"

#include "service/cancellation.hpp"
#include "service/failure_text.hpp"
#include "service/handler_table.hpp"
#include "service/local_log.hpp"
#include "service/user_context.hpp"

#include <cxxabi.h>
#include <unistd.h>

#include <exception>
#include <variant>

namespace eventail::service {
namespace {

/// While it lives, user code runs. In the child of a fork it must not return to us: the loop, the
/// threads and the sockets are the parent's.
class HomeGuard {
public:
    HomeGuard(const HomeProcess& home, const std::string& logical_service)
        : home_(home), logical_service_(logical_service) {}
    ~HomeGuard() {
        if (!home_.is_left()) return;
        log_locally(Severity::critical, logical_service_,
                    "the child of a fork() returned from a handler, a timer or a posted function "
                    "of its parent, and ends: call _exit() there");
        ::_exit(1);
    }
    HomeGuard(const HomeGuard&) = delete;
    HomeGuard& operator=(const HomeGuard&) = delete;

private:
    const HomeProcess& home_;
    const std::string& logical_service_;
};

}  // namespace

// User code that meets its service's stop has not failed.
template <typename Function>
void UserCalls::call_unless_stopping(std::string_view what, const Function& function) {
    try {
        UserContext context{.service = &face_};
        const UserContextScope scope(context);
        const CancellationAllowed may_be_cancelled;
        function();
    } catch (const abi::__forced_unwind&) {
        owner_.user_code_failed(
            what, std::make_exception_ptr(Error(Errc::invalid_state,
                                                "its thread was ended (pthread_exit or "
                                                "pthread_cancel)")));
        throw;
    } catch (const Error& error) {
        const bool is_the_stops_doing = error.code() == Errc::stopped && stopping_.is_stopped();
        if (!is_the_stops_doing) owner_.user_code_failed(what, std::current_exception());
    } catch (...) {
        owner_.user_code_failed(what, std::current_exception());
    }
}

void UserCalls::wait_if_abandoned() const {
    while (is_abandoned_) ::pause();
}

bool UserCalls::is_excused(const Error& error) const {
    if (error.code() == Errc::back_pressure) return true;
    // The stop of another service does not excuse it: that one stays stopped.
    return error.code() == Errc::stopped && stopping_.is_stopped();
}

bus::Outcome UserCalls::call(const bus::Job& job) {
    wait_if_abandoned();
    const HomeGuard guard(home_, options_.logical_service);
    if (std::holds_alternative<bus::Ready>(job.work)) {
        call_unless_stopping("on_ready", [this] { face_.on_ready(); });
        return {};
    }
    if (std::holds_alternative<bus::Unconfigured>(job.work)) {
        call_unless_stopping("on_unconfigured", [this] { face_.on_unconfigured(); });
        return {};
    }
    if (const auto* returned = std::get_if<bus::ReturnedJob>(&job.work)) {
        call_unless_stopping("handle_returned_message",
                             [&] { face_.handle_returned_message(returned->message); });
        return {};
    }
    return call_handler(job);
}

void UserCalls::call(const Timers::Entry& function) {
    wait_if_abandoned();
    if (!function.fires()) return;
    const HomeGuard guard(home_, options_.logical_service);
    const std::string_view what = "a timer or posted function";
    call_unless_stopping(what, [&] {
        try {
            function.callback();
        } catch (const Error& error) {
            if (error.code() != Errc::back_pressure) throw;
            // The broker caused it, as when a handler meets it; the service goes on.
            owner_.could_not_publish(std::string(what) +
                                     " ended early because it could not publish: " + error.what());
        }
    });
}

bus::Outcome UserCalls::call_handler(const bus::Job& job) {
    UserContext context{.service = &face_, .has_conversation = true};
    const Message& message = *bus::message_of(job);
    context.conversation_id = message.conversation_id;
    bus::IdDerivation ids({.message_id = message.metadata.message_id, .queue = job.queue});
    if (options_.derived_message_ids) context.ids = &ids;
    bus::Outcome outcome;
    std::exception_ptr failure;
    const UserContextScope scope(context);
    const CancellationAllowed may_be_cancelled;
    try {
        Ack ack = Ack::automatic;
        if (const auto* event = std::get_if<Event>(&job.work)) {
            ack = face_.handle_event(*event);
        } else if (const auto* command = std::get_if<Command>(&job.work)) {
            ack = face_.handle_command(*command);
        } else if (const auto* result = std::get_if<Result>(&job.work)) {
            ack = face_.handle_result(*result);
        } else if (const auto* configuration = std::get_if<Configuration>(&job.work)) {
            outcome.is_configured = face_.handle_config(*configuration);
        }
        if (ack == Ack::manual) outcome.end = bus::Outcome::End::held;
        return outcome;
    } catch (const abi::__forced_unwind&) {
        throw;  // the thread that made the call settles it
    } catch (const detail::Misfit&) {
        outcome.end = bus::Outcome::End::unfit;
        failure = std::current_exception();
    } catch (const Unhandled&) {
        outcome.end = bus::Outcome::End::unhandled;
        failure = std::current_exception();
    } catch (const Error& error) {
        outcome.end = is_excused(error) ? bus::Outcome::End::give_back : bus::Outcome::End::failed;
        failure = std::current_exception();
    } catch (...) {
        outcome.end = bus::Outcome::End::failed;
        failure = std::current_exception();
    }
    if (context.had_publish_failure) outcome.end = bus::Outcome::End::give_back;
    const bool has_thrown =
        outcome.end != bus::Outcome::End::unhandled && outcome.end != bus::Outcome::End::unfit;
    outcome.error = failure_text(has_thrown ? "the handler threw: " : "", failure);
    return outcome;
}

}  // namespace eventail::service
