// A service on the bus. Derive from it, or register a few lambdas; then run() it, or let a
// ReconnectingSupervisor do so.
#pragma once

#include <eventail/error.hpp>
#include <eventail/handler.hpp>
#include <eventail/log.hpp>
#include <eventail/message.hpp>
#include <eventail/payload.hpp>
#include <eventail/service_options.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace eventail {

/// Options of a publication.
struct PublishOptions {
    /// None: the conversation of the current message, or else a new one.
    std::optional<std::string_view> conversation_id = std::nullopt;
    /// Returned to handle_returned_message() if no queue receives it. None: true for commands and
    /// results, false for others.
    std::optional<bool> mandatory = std::nullopt;
};

/// Options of a command.
struct CommandOptions {
    std::optional<std::string_view> conversation_id = std::nullopt;  ///< as in PublishOptions
    std::optional<std::string_view> correlation_id = std::nullopt;   ///< none: a new one
    std::optional<bool> mandatory = std::nullopt;                    ///< as in PublishOptions
};

/// A pending call_later(). Cheap to copy; destroying it cancels nothing.
class Timer {
public:
    Timer() = default;
    /// The function is never called after this returns, unless it is already running. The service
    /// destroys the function later, at its time at the latest. From any thread, any number of
    /// times.
    void cancel();

private:
    friend class Service;
    struct State;
    explicit Timer(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

/// How run() ended when it did not throw.
enum class RunResult : unsigned char {
    stopped,         ///< stop() or a signal, and everything drained
    reconnect,       ///< reconnect()
    connection_lost  ///< lost, or not made: call run() again, which pauses first; or use
                     ///< supervise()
};

/// Handlers, timers, posted functions and the virtual functions below run one at a time in the
/// thread that called run(): user code needs no locks, unless ServiceOptions::handler_threads asks
/// for more threads. A handler may block: the connections stay alive meanwhile. A message is
/// acknowledged when its handler has ended and all messages published in between are confirmed. A
/// handler that throws gives its message back once; the second time it is dead-lettered.
/// When the connection is lost, the service reconnects while handlers run, and their messages come
/// again: with several threads, a message may be handled twice at the same time.
/// **Without a dead-letter exchange set by policy on the queues, dead-lettering destroys the
/// message.**
class Service {
public:
    /// @throws Error invalid_argument (an option that can never work), bad_url
    explicit Service(ServiceOptions options);
    virtual ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    // ---- Handlers: register them before run(); later is an Error (invalid_state). A key may be a
    // topic pattern; the most literal match wins.

    /// Calls `handler(const Event&)`, which returns nothing or an Ack, for events of this name.
    /// Subscribes to the key unless ServiceOptions::event_routing_keys is given.
    ///
    /// A handler may also be `handler(const T&)` or `handler(const Event&, const T&)`, with a
    /// described struct (eventail/described.hpp) or any T that PayloadView::get() reads. It is not
    /// called for a message whose content is not a T: the service dead-letters it at once.
    template <typename Handler>
    void on_event(std::string_view key, Handler handler) {
        add_event_handler(key, acknowledging<Event>(std::move(handler)));
    }
    /// Like on_event, for commands `service.Command`; the part after the last dot matches as well.
    template <typename Handler>
    void on_command(std::string_view key, Handler handler) {
        add_command_handler(key, acknowledging<Command>(std::move(handler)));
    }
    /// Like on_command, for results: the key is the `reply_to` of the commands. All instances of a
    /// logical service share one queue, so the result may reach another instance than the one that
    /// sent the command. Keep the context in the conversation, or by correlation_id where all
    /// instances can reach it.
    ///
    /// A handler that takes the content gets successes only: the content of an error is another
    /// one. A handler of the Result alone gets errors as well, unless on_error() takes them.
    template <typename Handler>
    void on_result(std::string_view key, Handler handler) {
        constexpr auto which = detail::takes_message<Handler, Result> ? detail::Results::all
                                                                      : detail::Results::successes;
        add_result_handler(key, which, acknowledging<Result>(std::move(handler)));
    }
    /// Like on_result, for errors: results that return_error() sent. An error that no handler takes
    /// is logged with its content, and treated as any message without a handler.
    template <typename Handler>
    void on_error(std::string_view key, Handler handler) {
        add_result_handler(key, detail::Results::errors, acknowledging<Result>(std::move(handler)));
    }
    /// Like on_event, for configurations: `handler(const Configuration&)` returns whether the
    /// service is now configured. Until one returns true, the service receives no event and no
    /// command.
    template <typename Handler>
    void on_config(std::string_view key, Handler handler) {
        add_config_handler(key, configuring(std::move(handler)));
    }

    // ---- Verbs: from any thread, also before run() (messages then wait). After stop() or a
    // signal, publishing and acknowledging throw an Error (stopped); in calls of user code that are
    // still running they work on until drain_timeout is over. A timer or posted function may let
    // that Error escape: it does not end the service, as another exception would.

    /// Publishes an event. Returns when it is encoded and accepted; the service sends it, has it
    /// confirmed and if necessary sends it again in the background. Blocks only while
    /// max_outbox_bytes are unconfirmed, for publish_timeout at most. Fails without waiting in user
    /// code of a service that the broker has refused for good: nothing will be confirmed.
    /// @throws Error invalid_payload and the like, invalid_argument (name over 255 bytes),
    /// back_pressure, stopped
    void publish_event(std::string_view name, Value payload, const PublishOptions& options = {});
    /// Like publish_event, to every instance that subscribed to the configuration.
    void publish_configuration(std::string_view name, Value payload,
                               const PublishOptions& options = {});
    /// Like publish_event, to one logical service: `name` is `service.Command`, the answer goes to
    /// `reply_to` (by convention `caller.SomethingReturn`). @return the correlation id
    std::string send_command(std::string_view name, Value payload, std::string_view reply_to,
                             const CommandOptions& options = {});
    /// Answers a command, like publish_event.
    void return_success(const Command& command, Value payload, const PublishOptions& options = {});
    /// Answers later, with the ids saved from the command.
    void return_success(std::string_view reply_to, Value payload, std::string_view conversation_id,
                        std::string_view correlation_id, const PublishOptions& options = {});
    /// Like return_success, with status `error`.
    void return_error(const Command& command, Value payload, const PublishOptions& options = {});
    void return_error(std::string_view reply_to, Value payload, std::string_view conversation_id,
                      std::string_view correlation_id, const PublishOptions& options = {});

    /// Sends a log record, and writes it to the local log (spdlog's logger "eventail"). Never
    /// throws, never waits. Drops a record that cannot be sent; the local log says how many when
    /// the service consumes again, and at the end of run().
    void log(Severity severity, std::string_view short_message,
             const LogOptions& options = {}) noexcept;

    /// Calls `callback` once, where handlers run, not before `delay` has passed. Does not call it,
    /// without an error, if the service is stopped by then. An Error back_pressure that leaves the
    /// callback is logged, and the service goes on.
    template <std::invocable Callback = std::function<void()>>
    Timer call_later(std::chrono::nanoseconds delay, Callback callback) {
        return add_timer(delay, detail::copyable(std::move(callback)));
    }
    /// Like call_later, as soon as possible. The way into the service from other threads.
    template <std::invocable Callback = std::function<void()>>
    void post(Callback callback) {
        call_later(std::chrono::nanoseconds::zero(), std::move(callback));
    }

    /// Acknowledges a delivery whose handler returned Ack::manual, once all messages published
    /// since its handler began are confirmed; with up_to_this, also every earlier delivery that is
    /// still held (but not deliveries whose handlers still run). The call fixes the set of
    /// deliveries. Ignores a token of a lost connection: the message comes again.
    void manual_ack(std::uint64_t delivery_token, Deliveries which = Deliveries::this_one);
    /// Gives back, or dead-letters, deliveries whose handler returned Ack::manual.
    void manual_nack(std::uint64_t delivery_token, Nack nack = Nack::requeue,
                     Deliveries which = Deliveries::this_one);

    /// From now on publishes that; CBOR before. A Payload, which is already encoded, stays as it
    /// is.
    void set_encoding(Encoding encoding);
    /// Before run(): receives events and commands on queues that belong to this instance, and end
    /// with it.
    void use_exclusive_queues();

    // ---- Running

    /// Connects and serves until stopped, or until the consuming connection is lost and no user
    /// code runs; while some runs, it reconnects. Blocks. Unconfirmed messages stay with the
    /// service: run() again. supervise() reconnects in any case.
    /// @throws Error access_refused, precondition_failed (a permanent refusal by the broker),
    /// abandoned (stopped, but a published message could not be confirmed in time), invalid_state
    /// (already under way: at once), and any exception of user code in on_ready, on_unconfigured,
    /// handle_returned_message, timers and posted functions. If the thread is ended meanwhile
    /// (pthread_cancel, or pthread_exit in user code), run() stops as stop() does, then lets the
    /// thread end.
    RunResult run();
    /// Stops: lets running handlers end, waits for confirms, sends due acknowledgements, closes.
    /// Returns at once; run() returns later. Safe from any thread.
    void stop();
    /// Like stop(), but only for this run: run() returns RunResult::reconnect, and a supervisor
    /// runs the service again.
    void reconnect();

    const ServiceOptions& options() const;

    // ---- To override. Overriding a handle_… function replaces the dispatch to handlers.

    virtual Ack handle_event(const Event& event);
    virtual Ack handle_command(const Command& command);
    virtual Ack handle_result(const Result& result);
    /// @return whether the service is configured now; only the first true counts
    virtual bool handle_config(const Configuration& configuration);
    /// The service consumes. Called again after every reconnection. With several threads, handlers
    /// that began earlier may still run beside it.
    virtual void on_ready() {}
    /// The service waits for a configuration: ask for it here. Called again after every
    /// reconnection.
    virtual void on_unconfigured() {}
    /// A mandatory message that no queue received, or one that the broker refused for its content
    /// or properties. By default logs an ERROR. If it throws, the service stops.
    virtual void handle_returned_message(const ReturnedMessage& message);

    struct Impl;  // src/service

private:
    friend int supervise(Service&);

    template <typename Incoming, typename Handler>
    static std::function<Ack(const Incoming&)> acknowledging(Handler handler) {
        return detail::copyable([handler = std::move(handler)](const Incoming& message) mutable {
            return detail::call<Ack>(handler, message);
        });
    }
    template <typename Handler>
    static std::function<bool(const Configuration&)> configuring(Handler handler) {
        return detail::copyable(
            [handler = std::move(handler)](const Configuration& message) mutable {
                return detail::call<bool>(handler, message);
            });
    }

    void return_result(bool is_success, std::string_view reply_to, Value payload,
                       std::string_view conversation_id, std::string_view correlation_id,
                       const PublishOptions& options);
    Timer add_timer(std::chrono::nanoseconds delay, std::function<void()> callback);
    void add_event_handler(std::string_view key, std::function<Ack(const Event&)> handler);
    void add_command_handler(std::string_view key, std::function<Ack(const Command&)> handler);
    void add_result_handler(std::string_view key, detail::Results which,
                            std::function<Ack(const Result&)> handler);
    void add_config_handler(std::string_view key,
                            std::function<bool(const Configuration&)> handler);

    std::unique_ptr<Impl> impl_;
};

}  // namespace eventail
