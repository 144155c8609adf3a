// Decides to which broker a subcommand connects: --url, -c CONTEXT, or EVENTAIL_URL.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace eventail::tools {

struct ConnectionArguments {
    std::vector<std::string> urls = {};
    std::string context = {};
};

/// Adds --url and -c; `arguments` must outlive the app.
void add_connection_options(CLI::App& app, ConnectionArguments& arguments);

/// The urls from the arguments, else from EVENTAIL_URL (separated by spaces), else
/// amqp://localhost. Warns about a password in the arguments. @throws Error
[[nodiscard]] std::vector<std::string> broker_urls(const ConnectionArguments& arguments);

/// The inputs from outside the command line.
struct ConnectionSurroundings {
    std::string environment = {};    ///< EVENTAIL_URL
    std::string contexts_file = {};  ///< read if a context is named
};
struct BrokerChoice {
    std::vector<std::string> urls = {};
    std::string warning = {};  ///< empty: none
};
[[nodiscard]] BrokerChoice choose_broker(const ConnectionArguments& arguments,
                                         const ConnectionSurroundings& surroundings);

}  // namespace eventail::tools
