#include "tools/publish.hpp"

#include "base/printable.hpp"
#include "tools/argument_checks.hpp"
#include "tools/exit_status.hpp"
#include "tools/interruption.hpp"
#include "tools/json_text.hpp"
#include "tools/local_log.hpp"
#include "tools/output.hpp"
#include "tools/pace.hpp"
#include "tools/payload_source.hpp"
#include <eventail/endpoint.hpp>
#include <eventail/error.hpp>

#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace eventail::tools {

namespace {

using namespace std::chrono_literals;

enum class Kind : unsigned char { event, configuration };

struct Arguments {
    Kind kind = Kind::event;
    std::string name = {};
    std::string payload = {};
    std::optional<std::string> conversation_id = {};
    bool as_json = false;
    bool is_mandatory = false;
    bool is_literal = false;
    bool has_json_output = false;
    std::uint64_t count = 1;
    double per_second = 0;
};

std::string of(std::uint64_t done_count, std::uint64_t count) {
    return std::to_string(done_count) + " of " + std::to_string(count);
}

/// Publishes one message and waits for its confirm.
void publish(Endpoint& endpoint, const Arguments& arguments, const Payload& payload,
             const std::string& conversation_id) {
    // Retries at once, once, after a connection loss in between.
    const EndpointPublishOptions options{
        .conversation_id = conversation_id, .max_retries = 1, .mandatory = arguments.is_mandatory};
    // Passing a view encodes it again, as CBOR or JSON; a payload would go out unchanged.
    const PayloadView content = payload;
    if (arguments.kind == Kind::event) {
        endpoint.publish_event(arguments.name, content, options);
    } else {
        endpoint.publish_configuration(arguments.name, content, options);
    }
}

void say_published(const Arguments& arguments, std::uint64_t seq,
                   const std::string& conversation_id) {
    if (arguments.has_json_output) {
        return write_line(
            JsonLine()
                .add("published", arguments.name)
                .add("exchange", arguments.kind == Kind::event ? "events" : "configurations")
                .add("conversation_id", conversation_id)
                .add("seq", seq)
                .text());
    }
    if (arguments.count > 1) return;
    write_line("published " + printable(arguments.name) + " in conversation " +
               printable(conversation_id));
}

int run_publish(const Arguments& arguments, const ConnectionArguments& connection) {
    const PayloadSource source = PayloadSource::read(arguments.payload, !arguments.is_literal);
    const auto payload_of = [&source](std::uint64_t seq) {
        return source.payload(
            {.seq = seq, .now = std::chrono::system_clock::now(), .uuid = new_uuid});
    };
    static_cast<void>(payload_of(1));  // reports a faulty payload before anything is sent
    const std::vector<std::string> urls = broker_urls(connection);

    std::atomic<std::uint64_t> published = 0;
    end_on_stop_signal(
        [&] { return "eventail: interrupted: " + of(published, arguments.count) + " published"; });
    silence_local_log();
    Endpoint endpoint({.amqp_urls = urls, .logical_service = "eventail"});
    if (arguments.as_json) endpoint.set_encoding(Encoding::json);
    const Pace pace{.per_second = arguments.per_second, .start = std::chrono::steady_clock::now()};
    const bool has_progress = arguments.count > 1 && !arguments.has_json_output;
    auto next_progress = pace.start + 1s;
    for (std::uint64_t seq = 1; seq <= arguments.count; ++seq) {
        std::this_thread::sleep_until(pace.due(seq - 1));
        const std::string conversation_id = arguments.conversation_id.value_or(new_uuid());
        try {
            publish(endpoint, arguments, payload_of(seq), conversation_id);
        } catch (const Error& error) {
            const std::string so_far =
                arguments.count > 1 ? " (" + of(published, arguments.count) + " published)" : "";
            throw Error(error.code(), arguments.name + ": " + error.what() + so_far);
        }
        ++published;
        say_published(arguments, seq, conversation_id);
        const auto now = std::chrono::steady_clock::now();
        if (has_progress && now >= next_progress) {
            write_error_line(of(published, arguments.count) + " published");
            next_progress = now + 1s;
        }
    }
    if (has_progress) {
        write_line("published " + std::to_string(arguments.count) + " times " +
                   printable(arguments.name));
    }
    return done;
}

void add_publish(CLI::App& app, ConnectionArguments& connection, Job& job, Kind kind,
                 const std::string& name, const std::string& meaning) {
    CLI::App* const command = app.add_subcommand(
        name, meaning +
                  "\nPAYLOAD is JSON, a file named .json or .cbor, or - for JSON from standard\n"
                  "input. In JSON, {{seq}}, {{uuid}} and {{now}} are filled in for each message.");
    const auto arguments = std::make_shared<Arguments>();
    arguments->kind = kind;
    command->add_option("NAME", arguments->name, "its name, which is the routing key")
        ->required()
        ->type_name("")
        ->check(CLI::Validator(what_is_wrong_with_key, ""));
    command->add_option("PAYLOAD", arguments->payload, "the content")->required()->type_name("");
    add_connection_options(*command, connection);
    command
        ->add_option("--conversation", arguments->conversation_id,
                     "conversation id (a new one for each message)")
        ->type_name("ID");
    command->add_flag("--json-encoding", arguments->as_json, "send JSON instead of CBOR");
    command->add_flag("--mandatory", arguments->is_mandatory,
                      "fail if no queue receives the message");
    command->add_option("--count", arguments->count, "how many messages to publish (1)")
        ->type_name("N")
        ->check(CLI::Validator(what_is_wrong_with_count, ""));
    command
        ->add_option("--rate", arguments->per_second, "messages per second (as fast as possible)")
        ->type_name("N")
        ->check(CLI::Validator(what_is_wrong_with_rate, ""));
    command->add_flag("--literal", arguments->is_literal, "leave {{seq}} and the like as they are");
    command->add_flag("--json", arguments->has_json_output, "print a JSON object for each message");
    command->footer("Examples:\n  eventail " + name +
                    " NAME '{\"order\": 7}'\n  eventail -c prod " + name +
                    " NAME order.json --mandatory\n  eventail " + name +
                    " NAME '{\"n\": {{seq}}}' --count 1000 --rate 50");
    command->callback([arguments, &connection, &job] {
        job = [arguments, &connection] { return run_publish(*arguments, connection); };
    });
}

}  // namespace

void add_publish_event(CLI::App& app, ConnectionArguments& connection, Job& job) {
    add_publish(app, connection, job, Kind::event, "publish-event",
                "Publishes an event, and ends when the broker has confirmed it.");
}

void add_publish_configuration(CLI::App& app, ConnectionArguments& connection, Job& job) {
    add_publish(app, connection, job, Kind::configuration, "publish-configuration",
                "Publishes a configuration to every instance that subscribed to it.");
}

}  // namespace eventail::tools
