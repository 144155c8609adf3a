#include "tools/logger.hpp"

#include "tools/argument_checks.hpp"
#include "tools/bus_view.hpp"
#include "tools/log_text.hpp"
#include "tools/message_text.hpp"
#include "tools/output.hpp"
#include <eventail/error.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventail::tools {

namespace {

struct Arguments {
    std::vector<std::string> keys = {};
    std::string level = "DEBUG";
    std::string since = {};
    LogSelection selection = {};
    std::uint64_t count = 0;
    bool has_json_output = false;
};

int run_logger(const Arguments& arguments, const ConnectionArguments& connection) {
    LogSelection selection = arguments.selection;
    const auto least = severity_in(arguments.level);
    if (!least) {
        throw Error(Errc::invalid_argument,
                    "--level " + arguments.level +
                        ": EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO or DEBUG");
    }
    selection.least = *least;
    if (!arguments.since.empty()) {
        selection.since = time_in(arguments.since, std::chrono::system_clock::now());
        if (!selection.since) {
            throw Error(Errc::invalid_argument,
                        "--since " + arguments.since +
                            ": 90s, 10m, 2h or 1d ago, or a time such as 2026-01-31T12:00:00Z");
        }
    }
    std::vector<Binding> bindings;
    for (const std::string& key : arguments.keys.empty() ? selection.keys() : arguments.keys) {
        bindings.push_back({.exchange = "logs", .key = key});
    }
    const OutputStyle style = OutputStyle::of_standard_output();
    return show_bus({.connection_name = "eventail logger",
                     .urls = broker_urls(connection),
                     .bindings = bindings,
                     .selects =
                         [selection](const BusMessage& message, const Content& content) {
                             return selection.selects(read_log(message, content));
                         },
                     .line =
                         [style, has_json_output = arguments.has_json_output](
                             const BusMessage& message, const Content& content) {
                             return has_json_output ? json_line_of(message, content)
                                                    : text_of(read_log(message, content), style);
                         },
                     .count = arguments.count,
                     .has_json_output = arguments.has_json_output});
}

}  // namespace

void add_logger(CLI::App& app, ConnectionArguments& connection, Job& job) {
    CLI::App* const command = app.add_subcommand(
        "logger",
        "Shows log records as services send them, until ^C. The bus keeps none: records\n"
        "from before it started are not there.");
    const auto arguments = std::make_shared<Arguments>();
    add_connection_options(*command, connection);
    command
        ->add_option("--filter", arguments->keys,
                     "routing keys, SERVICE.LEVEL, or patterns of them (#)")
        ->type_name("KEY...")
        ->check(CLI::Validator(what_is_wrong_with_key, ""));
    command->add_option("--level", arguments->level, "this level and more severe ones (DEBUG)")
        ->type_name("LEVEL");
    command->add_option("--service", arguments->selection.service, "only of this logical service")
        ->type_name("NAME");
    command
        ->add_option("--conversation", arguments->selection.conversation_id,
                     "only of this conversation")
        ->type_name("ID");
    command
        ->add_option("--since", arguments->since,
                     "only records made since then: 10m (ago), or 2026-01-31T12:00:00Z")
        ->type_name("TIME");
    command->add_option("--count", arguments->count, "end after so many records")
        ->type_name("N")
        ->check(CLI::Validator(what_is_wrong_with_count, ""));
    command->add_flag("--json", arguments->has_json_output,
                      "print a JSON object for each record, which is its payload");
    command->footer(
        "Examples:\n  eventail logger --level WARNING\n"
        "  eventail -c prod logger --service shop --json | jq .payload");
    command->callback([arguments, &connection, &job] {
        job = [arguments, &connection] { return run_logger(*arguments, connection); };
    });
}

}  // namespace eventail::tools
