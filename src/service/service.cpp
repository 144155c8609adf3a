// The public face of a service: everything is handed to its Runtime.
#include "base/atomic.hpp"
#include "service/exiting.hpp"
#include "service/local_log.hpp"
#include "service/runtime.hpp"
#include "service/supervise.hpp"
#include <eventail/service.hpp>

#include <cstdlib>
#include <string>
#include <utility>

namespace eventail {

struct Service::Impl {
    Impl(Service& face, ServiceOptions options) : runtime(face, std::move(options)) {}
    void require_not_run(const std::string& what) const {
        if (!has_run) return;
        throw Error(Errc::invalid_state, what +
                                             " after run(): register handlers before the service "
                                             "runs, best in its constructor");
    }
    void note_run() {
        if (!has_run.exchange(true)) service::watch_exit();
    }

    service::Runtime runtime;
    Atomic<bool> has_run = false;
};

struct Timer::State {
    std::shared_ptr<service::Timers::Ticket> ticket;  // null: nothing fires any more
};

void Timer::cancel() {
    if (state_ && state_->ticket) state_->ticket->cancel();
}

Service::Service(ServiceOptions options)
    : impl_(std::make_unique<Impl>(*this, std::move(options))) {}

Service::~Service() {
    // Its threads do not exist here, and its sockets still belong to the parent: they stay until
    // this process ends.
    if (impl_->runtime.has_left_home()) static_cast<void>(impl_.release());
    if (impl_ == nullptr || !impl_->runtime.is_led()) return;
    if (service::is_exiting()) {
        // A thread in run() stays there, and exit() does not wait for it.
        impl_.release()->runtime.abandon();
        return;
    }
    service::log_locally(Severity::critical, options().logical_service,
                         "destroyed while run() is under way: call stop() and wait for run() to "
                         "return, then destroy the service");
    service::flush_local_log();
    std::abort();
}

void Service::publish_event(std::string_view name, Value payload, const PublishOptions& options) {
    impl_->runtime.gate().publish(
        {.kind = bus::Kind::event, .name = name, .is_mandatory = options.mandatory.value_or(false)},
        payload, options.conversation_id);
}

void Service::publish_configuration(std::string_view name, Value payload,
                                    const PublishOptions& options) {
    impl_->runtime.gate().publish({.kind = bus::Kind::configuration,
                                   .name = name,
                                   .is_mandatory = options.mandatory.value_or(false)},
                                  payload, options.conversation_id);
}

std::string Service::send_command(std::string_view name, Value payload, std::string_view reply_to,
                                  const CommandOptions& options) {
    const bus::MessageId id =
        impl_->runtime.gate().publish({.kind = bus::Kind::command,
                                       .name = name,
                                       .correlation_id = options.correlation_id.value_or(""),
                                       .is_correlated_by_id = !options.correlation_id,
                                       .reply_to = reply_to,
                                       .is_mandatory = options.mandatory.value_or(true)},
                                      payload, options.conversation_id);
    return std::string(options.correlation_id.value_or(id.text()));
}

void Service::return_success(const Command& command, Value payload, const PublishOptions& options) {
    return_success(command.reply_to, std::move(payload), command.conversation_id,
                   command.correlation_id, options);
}

void Service::return_success(std::string_view reply_to, Value payload,
                             std::string_view conversation_id, std::string_view correlation_id,
                             const PublishOptions& options) {
    return_result(true, reply_to, std::move(payload), conversation_id, correlation_id, options);
}

void Service::return_error(const Command& command, Value payload, const PublishOptions& options) {
    return_error(command.reply_to, std::move(payload), command.conversation_id,
                 command.correlation_id, options);
}

void Service::return_error(std::string_view reply_to, Value payload,
                           std::string_view conversation_id, std::string_view correlation_id,
                           const PublishOptions& options) {
    return_result(false, reply_to, std::move(payload), conversation_id, correlation_id, options);
}

void Service::return_result(bool is_success, std::string_view reply_to, Value payload,
                            std::string_view conversation_id, std::string_view correlation_id,
                            const PublishOptions& options) {
    impl_->runtime.gate().publish({.kind = bus::Kind::result,
                                   .name = reply_to,
                                   .correlation_id = correlation_id,
                                   .is_success = is_success,
                                   .is_mandatory = options.mandatory.value_or(true)},
                                  payload, options.conversation_id.value_or(conversation_id));
}

void Service::log(Severity severity, std::string_view short_message,
                  const LogOptions& options) noexcept {
    impl_->runtime.log(severity, short_message, options);
}

Timer Service::add_timer(std::chrono::nanoseconds delay, std::function<void()> callback) {
    // Before the function is accepted: it must not fire after an exception.
    auto state = std::make_shared<Timer::State>();
    state->ticket = impl_->runtime.call_later(delay, std::move(callback));
    return Timer(std::move(state));
}

void Service::manual_ack(std::uint64_t delivery_token, Deliveries which) {
    impl_->runtime.gate().settle(
        {.token = delivery_token, .multiple = which == Deliveries::up_to_this});
}

void Service::manual_nack(std::uint64_t delivery_token, Nack nack, Deliveries which) {
    impl_->runtime.gate().settle({.token = delivery_token,
                                  .is_ack = false,
                                  .requeue = nack == Nack::requeue,
                                  .multiple = which == Deliveries::up_to_this});
}

void Service::set_encoding(Encoding encoding) { impl_->runtime.outlet().set_encoding(encoding); }

void Service::use_exclusive_queues() {
    impl_->require_not_run("use_exclusive_queues()");
    impl_->runtime.handlers().use_exclusive_queues();
}

RunResult Service::run() {
    impl_->note_run();
    return impl_->runtime.run(bus::WhenLost::ends);
}

void Service::stop() { impl_->runtime.stop(RunResult::stopped, "stop()"); }

void Service::reconnect() { impl_->runtime.stop(RunResult::reconnect, "reconnect()"); }

const ServiceOptions& Service::options() const { return impl_->runtime.options(); }

Ack Service::handle_event(const Event& event) { return impl_->runtime.handlers().dispatch(event); }
Ack Service::handle_command(const Command& command) {
    return impl_->runtime.handlers().dispatch(command);
}
Ack Service::handle_result(const Result& result) {
    return impl_->runtime.handlers().dispatch(result);
}
bool Service::handle_config(const Configuration& configuration) {
    return impl_->runtime.handlers().dispatch(configuration);
}

void Service::handle_returned_message(const ReturnedMessage& message) {
    log(Severity::error,
        "no queue received " + message.name + " on exchange " + message.exchange + ": " +
            message.reply_text + " (" + std::to_string(message.reply_code) + ")",
        {.conversation_id = message.conversation_id});
}

void Service::add_event_handler(std::string_view key, std::function<Ack(const Event&)> handler) {
    impl_->require_not_run("on_event(\"" + std::string(key) + "\")");
    impl_->runtime.handlers().add_event(key, std::move(handler));
}
void Service::add_command_handler(std::string_view key,
                                  std::function<Ack(const Command&)> handler) {
    impl_->require_not_run("on_command(\"" + std::string(key) + "\")");
    impl_->runtime.handlers().add_command(key, std::move(handler));
}
void Service::add_result_handler(std::string_view key, detail::Results which,
                                 std::function<Ack(const Result&)> handler) {
    const std::string verb = which == detail::Results::errors ? "on_error" : "on_result";
    impl_->require_not_run(verb + "(\"" + std::string(key) + "\")");
    impl_->runtime.handlers().add_result(key, which, std::move(handler));
}
void Service::add_config_handler(std::string_view key,
                                 std::function<bool(const Configuration&)> handler) {
    impl_->require_not_run("on_config(\"" + std::string(key) + "\")");
    impl_->runtime.handlers().add_config(key, std::move(handler));
}

int supervise(Service& service) {
    service.impl_->note_run();
    return service::supervise(service.impl_->runtime);
}

}  // namespace eventail
