#include "tools/reply.hpp"

#include "base/printable.hpp"
#include "tools/argument_checks.hpp"
#include "tools/child_program.hpp"
#include "tools/exit_status.hpp"
#include "tools/interruption.hpp"
#include "tools/json_text.hpp"
#include "tools/output.hpp"
#include "tools/payload_source.hpp"
#include <eventail/error.hpp>
#include <eventail/supervisor.hpp>

#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eventail::tools {

namespace {

struct Arguments {
    std::string name = {};
    std::string program = {};
    std::string answer = {};
    bool is_literal = false;
};

struct Answer {
    bool is_success = true;
    Payload payload = {};
};

/// The command goes to the program as JSON, its ids as variables; the program's output is the
/// result, or, if it fails, what it said.
Answer answer_of(const std::string& program, const Command& command) {
    const ProgramEnd end = run_program(program, json_of(command.payload.view()) + "\n",
                                       {{"EVENTAIL_COMMAND", command.name},
                                        {"EVENTAIL_CONVERSATION_ID", command.conversation_id},
                                        {"EVENTAIL_CORRELATION_ID", command.correlation_id}},
                                       PayloadLimits{}.max_bytes);
    if (end.exit_status == 0) {
        return {.payload = payload_from_json(end.output, "the output of the program")};
    }
    std::string errors = end.errors.substr(0, end.errors.find_last_not_of('\n') + 1);
    if (!is_utf8(errors)) errors = printable(errors);  // content must be
    const Payload payload{{"exit_status", end.exit_status}, {"text", errors}};
    return {.is_success = false, .payload = payload};
}

/// On a queue of its own, so that nothing stays behind.
class Replier final : public Service {
public:
    Replier(ServiceOptions options, const Arguments& arguments, std::optional<PayloadSource> source)
        : Service(std::move(options)), arguments_(arguments), source_(std::move(source)) {
        use_exclusive_queues();
        on_command(arguments_.name, [this](const Command& command) { answer(command); });
    }

    void on_ready() override { write_error_line("answering " + printable(arguments_.name)); }

    std::exception_ptr output_failure() const { return output_failure_; }

private:
    void answer(const Command& command) {
        ++seq_;
        const Answer answer = find_answer(command);
        const PayloadView content = answer.payload;
        if (answer.is_success) {
            return_success(command, content);
        } else {
            return_error(command, content);
        }
        try {
            write_line(printable(command.name) + " " + json_of(command.payload.view()) +
                       (answer.is_success ? " → " : " → error ") + json_of(content));
        } catch (...) {
            output_failure_ = std::current_exception();
            stop();
        }
    }

    Answer find_answer(const Command& command) {
        try {
            if (!source_) return answer_of(arguments_.program, command);
            return {.payload = source_->payload(
                        {.seq = seq_, .now = std::chrono::system_clock::now(), .uuid = new_uuid})};
        } catch (const Error& error) {
            const Payload payload{{"text", printable(error.what())}};
            return {.is_success = false, .payload = payload};
        }
    }

    const Arguments& arguments_;
    const std::optional<PayloadSource> source_;
    std::uint64_t seq_ = 0;
    std::exception_ptr output_failure_ = {};
};

int run_reply(const Arguments& arguments, const ConnectionArguments& connection) {
    if (arguments.program.empty() == arguments.answer.empty()) {
        throw Error(Errc::invalid_argument, "give one of --exec PROGRAM and --json PAYLOAD");
    }
    std::optional<PayloadSource> source;
    if (!arguments.answer.empty()) {
        source = PayloadSource::read(arguments.answer, !arguments.is_literal);
        static_cast<void>(source->payload({.seq = 1, .now = {}, .uuid = new_uuid}));
    }
    const std::string service = arguments.name.substr(0, arguments.name.find('.'));
    const ServiceOptions options{.amqp_urls = broker_urls(connection),
                                 .logical_service = service,
                                 .prefetch_count = 1,
                                 .handle_signals = false};
    std::atomic<int> signal = 0;
    std::atomic<Replier*> running = nullptr;
    on_stop_signal([&](int number) {
        signal = number;
        if (Replier* const replier = running) replier->stop();
    });
    Replier replier(options, arguments, std::move(source));
    running = &replier;
    if (signal != 0) replier.stop();
    const int status = supervise(replier);
    running = nullptr;
    if (const auto failure = replier.output_failure()) std::rethrow_exception(failure);
    return signal != 0 ? signalled + signal : status;
}

}  // namespace

void add_reply(CLI::App& app, ConnectionArguments& connection, Job& job) {
    CLI::App* const command = app.add_subcommand(
        "reply",
        "Answers commands, for development, until ^C. Its queue is gone when it ends.\n"
        "If the service itself runs, both answer.");
    const auto arguments = std::make_shared<Arguments>();
    command->add_option("NAME", arguments->name, "service.Command")
        ->required()
        ->type_name("")
        ->check(CLI::Validator(what_is_wrong_with_key, ""));
    add_connection_options(*command, connection);
    CLI::Option* const program =
        command
            ->add_option("--exec", arguments->program,
                         "run by sh for each command, which is its standard input in JSON; its\n"
                         "output, in JSON, is the result; an exit status above 0 is an error")
            ->type_name("PROGRAM");
    command
        ->add_option("--json", arguments->answer,
                     "the result: JSON, a file named .json or .cbor, or -")
        ->type_name("PAYLOAD")
        ->excludes(program);
    command->add_flag("--literal", arguments->is_literal, "leave {{seq}} and the like as they are");
    command->footer(
        "Examples:\n  eventail reply stock.Reserve --json '{\"left\": 3}'\n"
        "  eventail reply stock.Reserve --exec 'jq \"{left: (10 - .count)}\"'");
    command->callback([arguments, &connection, &job] {
        job = [arguments, &connection] { return run_reply(*arguments, connection); };
    });
}

}  // namespace eventail::tools
