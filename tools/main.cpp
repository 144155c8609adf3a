// The program eventail: reads the command line and runs the named subcommand. Exit status: 0 for
// success, 1 for failure, 2 for a wrong command line, 130 after ^C.
#include "base/printable.hpp"
#include "tools/broker.hpp"
#include "tools/call.hpp"
#include "tools/connection.hpp"
#include "tools/context_command.hpp"
#include "tools/exit_status.hpp"
#include "tools/inspect_queue.hpp"
#include "tools/job.hpp"
#include "tools/logger.hpp"
#include "tools/monitor.hpp"
#include "tools/output.hpp"
#include "tools/publish.hpp"
#include "tools/reply.hpp"
#include <eventail/error.hpp>
#include <eventail/version.hpp>

#include <CLI/CLI.hpp>

#include <signal.h>

#include <algorithm>
#include <clocale>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using eventail::tools::failed;
using eventail::tools::misused;

int fail(const std::exception& error, int status) {
    std::cerr << "eventail: " << eventail::printable(error.what()) << "\n";
    return status;
}

/// Reports the misunderstood argument, but never the text after an option, which may be a password.
int misuse(std::string text, int argc, char** argv) {
    for (const std::string_view argument : std::span(argv, static_cast<std::size_t>(argc))) {
        const std::size_t end = argument.find_first_of(":=");
        if (end == std::string_view::npos) continue;
        for (std::size_t at = text.find(argument); at != std::string::npos;
             at = text.find(argument, at + end)) {
            text.replace(at + end, argument.size() - end, "…");
        }
    }
    std::cerr << eventail::printable(text) << "\nRun with --help for more information.\n";
    return misused;
}

/// Names only the options: text after an unknown option may be its value.
std::string unexpected(const std::vector<std::string>& arguments) {
    std::string text = "The following arguments were not expected:";
    const auto is_option = [](const std::string& each) { return each.starts_with('-'); };
    const bool has_options = std::ranges::any_of(arguments, is_option);
    for (const std::string& each : arguments) {
        if (!has_options || is_option(each)) text += " " + each;
    }
    return text;
}

int run(int argc, char** argv) {
    CLI::App app("Tools for event-driven services on the eventail bus.", "eventail");
    app.set_version_flag("--version", EVENTAIL_VERSION);
    app.require_subcommand(1);
    eventail::tools::Job job;
    eventail::tools::ConnectionArguments connection;
    eventail::tools::add_connection_options(app, connection);
    eventail::tools::add_broker(app, job);
    eventail::tools::add_call(app, connection, job);
    eventail::tools::add_context(app, job);
    eventail::tools::add_inspect_queue(app, connection, job);
    eventail::tools::add_logger(app, connection, job);
    eventail::tools::add_monitor(app, connection, job);
    eventail::tools::add_publish_configuration(app, connection, job);
    eventail::tools::add_publish_event(app, connection, job);
    eventail::tools::add_reply(app, connection, job);
    try {
        app.parse(argc, argv);
    } catch (const CLI::RequiredError& end) {
        if (argc < 2 || !app.get_subcommands().empty()) return misuse(end.what(), argc, argv);
        return misuse(std::string("eventail: unknown subcommand or option: ") + argv[1], argc,
                      argv);
    } catch (const CLI::ExtrasError&) {
        return misuse(unexpected(app.remaining(true)), argc, argv);
    } catch (const CLI::ParseError& end) {
        const bool is_help = end.get_exit_code() == 0;
        return is_help ? app.exit(end) : misuse(end.what(), argc, argv);
    }
    return job();
}

}  // namespace

int main(int argc, char** argv) {
    std::setlocale(LC_CTYPE, "C.UTF-8");  // NOLINT(concurrency-mt-unsafe): the only thread
    // A reader that goes away shows as an error of the write.
    ::signal(SIGPIPE, SIG_IGN);
    try {
        return run(argc, argv);
    } catch (const eventail::tools::ClosedPipe&) {
        ::signal(SIGPIPE, SIG_DFL);
        ::raise(SIGPIPE);
        return failed;
    } catch (const eventail::Error& error) {
        const bool is_misuse = error.code() == eventail::Errc::invalid_argument ||
                               error.code() == eventail::Errc::bad_url;
        return fail(error, is_misuse ? misused : failed);
    } catch (const std::exception& error) {
        return fail(error, failed);
    }
}
