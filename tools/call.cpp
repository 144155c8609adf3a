#include "tools/call.hpp"

#include "base/printable.hpp"
#include "tools/argument_checks.hpp"
#include "tools/exit_status.hpp"
#include "tools/interruption.hpp"
#include "tools/json_text.hpp"
#include "tools/local_log.hpp"
#include "tools/output.hpp"
#include "tools/payload_source.hpp"
#include "tools/quiet_url.hpp"
#include <eventail/error.hpp>
#include <eventail/service.hpp>

#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eventail::tools {

namespace {

using SteadyClock = std::chrono::steady_clock;

struct Arguments {
    std::string name = {};
    std::string payload = {};
    std::optional<std::string> conversation_id = {};
    double timeout_seconds = 30;
    bool is_literal = false;
    bool has_json_output = false;
};

/// Sends one command, and ends with its result, or with the reason why there is none. Its queue is
/// exclusive, and its routing key nobody else's.
class Caller final : public Service {
public:
    Caller(ServiceOptions options, const Arguments& arguments, Payload payload,
           std::shared_ptr<std::atomic<bool>> is_sent)
        : Service(std::move(options)),
          arguments_(arguments),
          payload_(std::move(payload)),
          conversation_id_(arguments.conversation_id.value_or(new_uuid())),
          is_sent_(std::move(is_sent)) {
        use_exclusive_queues();
        on_result(reply_to_, [this](const Result& result) { take(result); });
        const std::chrono::duration<double> timeout(arguments.timeout_seconds);
        call_later(std::chrono::duration_cast<std::chrono::nanoseconds>(timeout),
                   [this] { time_is_up(); });
    }

    void on_ready() override {
        if (is_sent_->exchange(true)) return;
        sent_at_ = SteadyClock::now();
        // A view is encoded again, as CBOR.
        const PayloadView content = payload_;
        correlation_id_ = send_command(arguments_.name, content, reply_to_,
                                       {.conversation_id = conversation_id_, .mandatory = true});
    }

    void handle_returned_message(const ReturnedMessage& message) override {
        fail(message.reply_code == no_route
                 ? "no queue receives it: the service has never run on this broker, or does not "
                   "know "
                   "this command"
                 : "the broker refused it: " + std::to_string(message.reply_code) + " " +
                       message.reply_text);
    }

    bool is_sent() const { return *is_sent_; }
    const std::string& failure() const { return failure_; }
    const std::optional<Result>& result() const { return result_; }
    SteadyClock::duration duration() const { return duration_; }

private:
    static constexpr std::uint16_t no_route = 312;

    void take(const Result& result) {
        if (result_ || result.correlation_id != correlation_id_) return;
        duration_ = SteadyClock::now() - sent_at_;
        result_ = result;
        stop();
    }

    void time_is_up() {
        fail(is_sent() ? "no result in time (--timeout); the service may still carry it out"
                       : "no connection in time (--timeout): " + last_complaint());
    }

    void fail(const std::string& why) {
        if (!result_ && failure_.empty()) failure_ = why;
        stop();
    }

    const Arguments& arguments_;
    Payload payload_;
    std::string conversation_id_;
    std::string correlation_id_ = {};
    const std::string reply_to_ = "eventail-" + new_uuid() + ".Return";
    const std::shared_ptr<std::atomic<bool>> is_sent_;  // others look at it, too
    SteadyClock::time_point sent_at_ = {};
    SteadyClock::duration duration_ = {};
    std::optional<Result> result_ = {};
    std::string failure_ = {};
};

int show(const Caller& caller, const Arguments& arguments) {
    const Result& result = *caller.result();
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(caller.duration()).count();
    if (arguments.has_json_output) {
        write_line(JsonLine()
                       .add("command", arguments.name)
                       .add("status", result.is_success ? "success" : "error")
                       .add("payload", result.payload.view())
                       .add("conversation_id", result.conversation_id)
                       .add("correlation_id", result.correlation_id)
                       .add("milliseconds", milliseconds)
                       .text());
        return result.is_success ? done : failed;
    }
    if (result.is_success) {
        write_line(json_of(result.payload.view()));
        return done;
    }
    throw Error(Errc::invalid_state, arguments.name + ": the service answered with an error: " +
                                         json_of(result.payload.view()));
}

int run_call(const Arguments& arguments, const ConnectionArguments& connection) {
    const PayloadSource source = PayloadSource::read(arguments.payload, !arguments.is_literal);
    const Payload payload =
        source.payload({.seq = 1, .now = std::chrono::system_clock::now(), .uuid = new_uuid});
    ServiceOptions options{.amqp_urls = {}, .logical_service = "eventail", .handle_signals = false};
    for (const std::string& url : broker_urls(connection)) {
        options.amqp_urls.push_back(with_one_channel(url));
    }
    const std::size_t url_count = options.amqp_urls.size();
    const auto is_sent = std::make_shared<std::atomic<bool>>(false);
    end_on_stop_signal([is_sent] {
        return *is_sent ? std::string("eventail: interrupted; the service may still carry it out")
                        : std::string("eventail: interrupted; nothing was sent");
    });
    silence_local_log();
    Caller caller(std::move(options), arguments, payload, is_sent);
    for (std::size_t tried = 0; tried < url_count && !caller.is_sent(); ++tried) {
        if (caller.run() == RunResult::stopped) break;
    }
    if (caller.result()) return show(caller, arguments);
    std::string why = caller.failure();
    if (why.empty()) {
        why = last_complaint();
        if (caller.is_sent()) why += "; the service may still carry it out";
    }
    throw Error(Errc::invalid_state, arguments.name + ": " + why);
}

}  // namespace

void add_call(CLI::App& app, ConnectionArguments& connection, Job& job) {
    CLI::App* const command = app.add_subcommand(
        "call",
        "Sends a command, waits for its result and prints it.\n"
        "PAYLOAD is JSON, a file named .json or .cbor, or - for JSON from standard\n"
        "input. The exit status is 1 if no queue receives the command, if the result is\n"
        "an error, or if there is none in time.");
    command->alias("send-command");
    const auto arguments = std::make_shared<Arguments>();
    command->add_option("NAME", arguments->name, "service.Command")
        ->required()
        ->type_name("")
        ->check(CLI::Validator(what_is_wrong_with_key, ""));
    command->add_option("PAYLOAD", arguments->payload, "the content")->required()->type_name("");
    add_connection_options(*command, connection);
    command
        ->add_option("--timeout", arguments->timeout_seconds,
                     "how long to wait for the result (30)")
        ->type_name("SECONDS")
        ->check(CLI::Validator(what_is_wrong_with_seconds, ""));
    command->add_option("--conversation", arguments->conversation_id, "conversation id (a new one)")
        ->type_name("ID");
    command->add_flag("--literal", arguments->is_literal,
                      "leave {{uuid}} and the like as they are");
    command->add_flag("--json", arguments->has_json_output,
                      "print the result with its status and ids, as a JSON object");
    command->footer(
        "Examples:\n  eventail call stock.Reserve '{\"sku\": \"tea\"}'\n"
        "  eventail -c prod call stock.Reserve reserve.json --timeout 5 | jq .left");
    command->callback([arguments, &connection, &job] {
        job = [arguments, &connection] { return run_call(*arguments, connection); };
    });
}

}  // namespace eventail::tools
