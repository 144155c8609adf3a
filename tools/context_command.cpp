#include "tools/context_command.hpp"

#include "base/printable.hpp"
#include "tools/contexts.hpp"
#include "tools/exit_status.hpp"
#include "tools/json_text.hpp"
#include "tools/output.hpp"
#include <eventail/error.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

namespace eventail::tools {

namespace {

struct Arguments {
    std::string name = {};
    Context context = {};
    bool has_json_output = false;
};

int add(const Arguments& arguments) {
    Context context = arguments.context;
    check_context_name(arguments.name);
    if (!context.password_file.empty()) {
        context.password_file = std::filesystem::absolute(context.password_file);
    }
    check_context(context);
    static_cast<void>(urls_of(context));  // checks that the password is readable
    if (std::ranges::any_of(context.urls, has_secret)) {
        write_error_line(
            "eventail: warning: a password among the arguments can be read by everybody on this "
            "machine, and stays in the history of the shell; use --password-file");
    }
    const std::string path = contexts_path();
    Contexts contexts = read_contexts(path);
    const bool is_new = contexts.insert_or_assign(arguments.name, context).second;
    write_contexts(path, contexts);
    write_line((is_new ? "added " : "replaced ") + arguments.name + " in " + printable(path));
    return done;
}

int list(const Arguments& arguments) {
    for (const auto& [name, context] : read_contexts(contexts_path())) {
        std::string urls;
        for (const std::string& url : context.urls) {
            urls += (urls.empty() ? "" : " ") + without_password(url);
        }
        if (arguments.has_json_output) {
            write_line(JsonLine()
                           .add("name", name)
                           .add("urls", urls)
                           .add("password_file", context.password_file)
                           .text());
        } else {
            const std::string file =
                context.password_file.empty() ? "" : "  password in " + context.password_file;
            write_line(padded(printable(name), 12) + "  " + printable(urls + file));
        }
    }
    return done;
}

int remove(const Arguments& arguments) {
    const std::string path = contexts_path();
    Contexts contexts = read_contexts(path);
    if (contexts.erase(arguments.name) == 0) {
        throw Error(Errc::not_found, "there is no context " + arguments.name + " in " + path);
    }
    write_contexts(path, contexts);
    write_line("removed " + printable(arguments.name));
    return done;
}

}  // namespace

void add_context(CLI::App& app, Job& job) {
    CLI::App* const command =
        app.add_subcommand("context", "Gives brokers names, for -c: add, list, remove.");
    command->require_subcommand(1);
    const auto arguments = std::make_shared<Arguments>();
    const auto action = [&](const char* name, const char* meaning, int (*run)(const Arguments&)) {
        CLI::App* const result = command->add_subcommand(name, meaning);
        result->callback(
            [arguments, run, &job] { job = [arguments, run] { return run(*arguments); }; });
        return result;
    };
    CLI::App* const adding = action("add", "Adds a broker, or replaces it.", add);
    adding->add_option("NAME", arguments->name, "letters, digits, '.', '-', '_'")
        ->required()
        ->type_name("");
    adding
        ->add_option("URL", arguments->context.urls, "amqp://… or amqps://…; several of a cluster")
        ->required()
        ->type_name("");
    adding
        ->add_option("--password-file", arguments->context.password_file,
                     "holds the password, read at each use; the url then names the user only")
        ->type_name("FILE");
    adding->footer(
        "Example:\n  eventail context add prod amqps://ada@rabbit.example.com/shop "
        "--password-file ~/.rabbit-password");
    action("list", "Shows them, without passwords.", list)
        ->add_flag("--json", arguments->has_json_output, "a JSON object for each");
    action("remove", "Removes one.", remove)
        ->add_option("NAME", arguments->name)
        ->required()
        ->type_name("");
}

}  // namespace eventail::tools
