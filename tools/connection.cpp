#include "tools/connection.hpp"

#include "tools/contexts.hpp"
#include "tools/output.hpp"
#include <eventail/endpoint.hpp>
#include <eventail/error.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace eventail::tools {

void add_connection_options(CLI::App& app, ConnectionArguments& arguments) {
    CLI::Option* const urls =
        app.add_option("--url", arguments.urls,
                       "amqp://… or amqps://…; repeat for the brokers of a cluster\n"
                       "(EVENTAIL_URL, or amqp://localhost)")
            ->type_name("URL")
            ->allow_extra_args(false);
    app.add_option("-c,--context", arguments.context, "a broker that `eventail context` knows")
        ->type_name("NAME")
        ->excludes(urls);
}

BrokerChoice choose_broker(const ConnectionArguments& arguments,
                           const ConnectionSurroundings& surroundings) {
    BrokerChoice choice;
    if (!arguments.urls.empty() && !arguments.context.empty()) {
        throw Error(Errc::invalid_argument, "--url and --context name a broker each: give one");
    }
    if (!arguments.urls.empty()) {
        choice.urls = arguments.urls;
        if (std::ranges::any_of(choice.urls, has_secret)) {
            choice.warning =
                "eventail: warning: a password among the arguments can be read by everybody on "
                "this machine; put the url into EVENTAIL_URL, or see eventail context --help";
        }
    } else if (!arguments.context.empty()) {
        const Contexts contexts = read_contexts(surroundings.contexts_file);
        const auto found = contexts.find(arguments.context);
        if (found == contexts.end()) {
            throw Error(Errc::invalid_argument,
                        "there is no context " + arguments.context +
                            "; eventail context list shows the ones there are");
        }
        choice.urls = urls_of(found->second);
    } else {
        std::istringstream words(surroundings.environment);
        for (std::string url; words >> url;) choice.urls.push_back(url);
        if (choice.urls.empty()) choice.urls = {"amqp://localhost"};
    }
    static_cast<void>(Endpoint(choice.urls, "eventail"));  // throws for a url of no use
    return choice;
}

std::vector<std::string> broker_urls(const ConnectionArguments& arguments) {
    const char* const environment = std::getenv("EVENTAIL_URL");  // NOLINT(concurrency-mt-unsafe)
    const BrokerChoice choice = choose_broker(
        arguments, {.environment = environment == nullptr ? "" : environment,
                    .contexts_file = arguments.context.empty() ? "" : contexts_path()});
    if (!choice.warning.empty()) write_error_line(choice.warning);
    return choice.urls;
}

}  // namespace eventail::tools
