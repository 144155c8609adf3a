#include "tools/monitor.hpp"

#include "tools/argument_checks.hpp"
#include "tools/bus_view.hpp"
#include "tools/exit_status.hpp"
#include "tools/message_text.hpp"
#include "tools/output.hpp"
#include "tools/save_folder.hpp"
#include "tools/selection.hpp"
#include <eventail/error.hpp>

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventail::tools {

namespace {

struct Arguments {
    std::vector<std::string> events = {};
    std::vector<std::string> commands = {};
    std::vector<std::string> configurations = {};
    std::vector<std::string> logs = {};
    std::vector<std::string> where = {};
    std::optional<std::string> conversation_id = {};
    std::string save_folder = {};
    bool saves_json = false;
    std::uint64_t count = 0;
    bool has_json_output = false;
};

std::vector<Binding> bindings_of(const Arguments& arguments) {
    std::vector<Binding> bindings;
    const auto add = [&bindings](const char* exchange, const std::vector<std::string>& keys) {
        for (const std::string& key : keys) bindings.push_back({.exchange = exchange, .key = key});
    };
    add("events", arguments.events);
    add("commands", arguments.commands);
    add("configurations", arguments.configurations);
    add("logs", arguments.logs);
    if (!bindings.empty()) return bindings;
    return {{"events", "#"}, {"commands", "#"}, {"configurations", "#"}};
}

int run_monitor(const Arguments& arguments, const ConnectionArguments& connection) {
    const std::vector<Condition> conditions(arguments.where.begin(), arguments.where.end());
    if (arguments.saves_json && arguments.save_folder.empty()) {
        throw Error(Errc::invalid_argument, "--as-json is for --save FOLDER");
    }
    const std::vector<std::string> urls = broker_urls(connection);
    std::shared_ptr<SaveFolder> folder;
    if (!arguments.save_folder.empty()) {
        folder = std::make_shared<SaveFolder>(arguments.save_folder);
    }
    const auto selects = [&](const BusMessage& message, const Content& content) {
        if (arguments.conversation_id && message.conversation_id != arguments.conversation_id) {
            return false;
        }
        if (conditions.empty()) return true;
        return content.payload && all_hold(conditions, content.payload->view());
    };
    const OutputStyle style = OutputStyle::of_standard_output();
    // The writer may outlive this function: what it uses is copied.
    const auto line = [folder, style, as_json = arguments.saves_json,
                       has_json_output = arguments.has_json_output](const BusMessage& message,
                                                                    const Content& content) {
        if (folder) folder->save(message, content, as_json);
        return has_json_output ? json_line_of(message, content) : line_of(message, content, style);
    };
    return show_bus({.connection_name = "eventail monitor",
                     .urls = urls,
                     .bindings = bindings_of(arguments),
                     .selects = selects,
                     .line = line,
                     .count = arguments.count,
                     .has_json_output = arguments.has_json_output});
}

}  // namespace

void add_monitor(CLI::App& app, ConnectionArguments& connection, Job& job) {
    CLI::App* const command = app.add_subcommand(
        "monitor",
        "Shows messages as they cross the bus, until ^C: by default all events,\n"
        "commands, results and configurations. KEY is a routing key or a pattern: * is\n"
        "one word, # any number of words.\n"
        "While it runs, no message that it watches is unroutable: mandatory messages\n"
        "without another queue do not come back to their senders.");
    const auto arguments = std::make_shared<Arguments>();
    add_connection_options(*command, connection);
    const auto add_keys = [&](const char* name, std::vector<std::string>& keys,
                              const char* meaning) {
        command->add_option(name, keys, meaning)
            ->type_name("KEY...")
            ->check(CLI::Validator(what_is_wrong_with_key, ""));
    };
    add_keys("--events", arguments->events, "only these events");
    add_keys("--commands", arguments->commands, "only these commands and results");
    add_keys("--configurations", arguments->configurations, "only these configurations");
    add_keys("--logs", arguments->logs, "log records, such as shop.ERROR");
    command
        ->add_option("--where", arguments->where,
                     "only content of which all of this is true: FIELD=VALUE,\n"
                     "FIELD!=VALUE, FIELD~VALUE (contains); FIELD is a path, as in\n"
                     "order.items[0].sku")
        ->type_name("CONDITION...");
    command->add_option("--conversation", arguments->conversation_id, "only this conversation")
        ->type_name("ID");
    command->add_option("--save", arguments->save_folder, "save each content in a file there")
        ->type_name("FOLDER");
    command->add_flag("--as-json", arguments->saves_json, "save JSON, whatever it was sent as");
    command->add_option("--count", arguments->count, "end after so many messages")
        ->type_name("N")
        ->check(CLI::Validator(what_is_wrong_with_count, ""));
    command->add_flag("--json", arguments->has_json_output,
                      "print a JSON object with all fields for each message");
    command->footer(
        "Examples:\n  eventail monitor --events 'Order*' --where client_id=123\n"
        "  eventail -c prod monitor --commands 'stock.#' --json | jq .payload\n"
        "  eventail monitor --save found --as-json --count 10");
    command->callback([arguments, &connection, &job] {
        job = [arguments, &connection] { return run_monitor(*arguments, connection); };
    });
}

}  // namespace eventail::tools
