// The program eventail: reads the command line and runs the subcommand that it names. Exit status:
// 0, or 1 if it failed, or 2 if the command line is wrong.
#include "tools/broker.hpp"
#include "tools/job.hpp"
#include "tools/printable.hpp"
#include <eventail/error.hpp>
#include <eventail/version.hpp>

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>

namespace {

constexpr int failed = 1;
constexpr int misused = 2;

int fail(const std::exception& error, int status) {
    std::cerr << "eventail: " << eventail::tools::printable(error.what()) << "\n";
    return status;
}

int run(int argc, char** argv) {
    CLI::App app("Tools for event-driven services on the eventail bus.", "eventail");
    app.set_version_flag("--version", EVENTAIL_VERSION);
    app.require_subcommand(1);
    eventail::tools::Job job;
    eventail::tools::add_broker(app, job);
    try {
        app.parse(argc, argv);
    } catch (const CLI::RequiredError& end) {
        if (argc < 2 || !app.get_subcommands().empty()) {
            app.exit(end);
            return misused;
        }
        std::cerr << "eventail: unknown subcommand or option: "
                  << eventail::tools::printable(argv[1])
                  << "\nRun with --help for more information.\n";
        return misused;
    } catch (const CLI::ParseError& end) {
        return app.exit(end) == 0 ? 0 : misused;
    }
    return job();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const eventail::Error& error) {
        const bool is_misuse = error.code() == eventail::Errc::invalid_argument;
        return fail(error, is_misuse ? misused : failed);
    } catch (const std::exception& error) {
        return fail(error, failed);
    }
}
